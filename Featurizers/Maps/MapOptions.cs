using TransferKit.Native;

namespace TransferKit.Maps;

/// <summary>The options of class-activation maps.</summary>
public sealed class MapOptions
{
    /// <summary>The method. Default: Grad-CAM. CAM, Score-CAM and Eigen-CAM do not need libtorch.</summary>
    public MapMethod Method { get; set; } = MapMethod.GradCam;

    /// <summary>The layer whose feature map is used: a node, a block or an alias. Default: null, the last feature map.</summary>
    public string? Layer { get; set; }

    /// <summary>
    /// Whether to average the maps of six views, which makes them smoother: the image in three brightnesses, each with its mirror image.
    /// Default: false.
    /// </summary>
    public bool Smooth { get; set; }

    /// <summary>Whether the method needs gradients, which libtorch computes.</summary>
    internal bool NeedsGradients => Method is MapMethod.GradCam or MapMethod.GradCamPlusPlus or MapMethod.LayerCam;

    /// <summary>Checks everything that can be checked without a network.</summary>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program does not include the native libtorch.</exception>
    public void Validate()
    {
        if (NeedsGradients)
            LibTorch.Require();
    }
}
