namespace TransferKit.Maps;

/// <summary>How a feature map becomes a map of where a class is seen.</summary>
public enum MapMethod
{
    /// <summary>
    /// Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391): each channel counts by the mean gradient of the class's score. Any network.
    /// </summary>
    GradCam,

    /// <summary>
    /// CAM (Zhou et al. 2015, arXiv:1512.04150): each channel counts by its weight in the last layer. For networks that end with a global
    /// average and a linear layer; needs no gradient.
    /// </summary>
    Cam,

    /// <summary>Grad-CAM++ (Chattopadhay et al. 2017, arXiv:1710.11063): positive gradients, weighed by where they are.</summary>
    GradCamPlusPlus,

    /// <summary>
    /// Score-CAM (Wang et al. 2019, arXiv:1910.01279): each channel counts by the class's score of the image seen through it; needs no
    /// gradient, but a run of the network for each channel.
    /// </summary>
    ScoreCam,

    /// <summary>Eigen-CAM (Muhammad and Yeasin 2020, arXiv:2008.00299): the map's first principal component, whatever the class; needs no gradient.</summary>
    EigenCam,

    /// <summary>Layer-CAM (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943): each place counts by its own positive gradient; good in early layers.</summary>
    LayerCam,
}
