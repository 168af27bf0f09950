namespace TransferKit.Maps;

/// <summary>
/// The method of computing a class-activation map: from the feature map of a layer, or from its tokens, which are laid out as the picture;
/// or from the attention of all layers.
/// </summary>
public enum MapMethod
{
    /// <summary>
    /// Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391): channels are weighted by the mean gradient of the class score. Supports every
    /// network; needs libtorch.
    /// </summary>
    GradCam,

    /// <summary>
    /// CAM (Zhou et al. 2015, arXiv:1512.04150): channels are weighted by the class's weights in the last layer. For networks that end with
    /// a global average and one linear layer; needs no gradients.
    /// </summary>
    Cam,

    /// <summary>
    /// Grad-CAM++ (Chattopadhay et al. 2017, arXiv:1710.11063): channels are weighted by their positive gradients, each pixel's with a
    /// weight of its own. Needs libtorch.
    /// </summary>
    GradCamPlusPlus,

    /// <summary>
    /// Score-CAM (Wang et al. 2019, arXiv:1910.01279): channels are weighted by the class score of the image masked by the channel. Needs
    /// no gradients, but runs the network once for each channel.
    /// </summary>
    ScoreCam,

    /// <summary>
    /// Eigen-CAM (Muhammad and Yeasin 2020, arXiv:2008.00299): the first principal component of the feature map, the same for every class.
    /// Needs no gradients.
    /// </summary>
    EigenCam,

    /// <summary>
    /// Layer-CAM (Jiang et al. 2021, doi:10.1109/TIP.2021.3089943): each pixel of each channel is weighted by its own positive gradient.
    /// Suits early layers; needs libtorch.
    /// </summary>
    LayerCam,

    /// <summary>
    /// Attention rollout (Abnar and Zuidema 2020, arXiv:2005.00928): how much of each patch reaches the class token through the attention
    /// of all blocks, the same for every class. For transformers with a class token; needs no gradients.
    /// </summary>
    AttentionRollout,
}
