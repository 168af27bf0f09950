using TransferKit.Native;

namespace TransferKit.Maps;

/// <summary>The options of class-activation maps.</summary>
public sealed class MapOptions
{
    /// <summary>The method. Default: Grad-CAM. CAM, Score-CAM, Eigen-CAM and attention rollout do not need libtorch.</summary>
    public MapMethod Method { get; set; } = MapMethod.GradCam;

    /// <summary>
    /// The layer whose feature map or tokens are used: a node, a block or an alias. Default: null, the last feature map; for transformers
    /// the normalization in the last block of attention, because later only the class token is read. Attention rollout takes none.
    /// </summary>
    public string? Layer { get; set; }

    /// <summary>
    /// Whether to average the maps of six views, which makes them smoother: the image in three brightnesses, each with its mirror image.
    /// Default: false.
    /// </summary>
    public bool Smooth { get; set; }

    /// <summary>Whether the method needs gradients, which libtorch computes.</summary>
    internal bool NeedsGradients => Method is MapMethod.GradCam or MapMethod.GradCamPlusPlus or MapMethod.LayerCam;

    /// <summary>Checks everything that can be checked without a network.</summary>
    /// <exception cref="ArgumentException">The method takes no layer, and one is given.</exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, and the program does not include the native libtorch.</exception>
    public void Validate()
    {
        if (Method == MapMethod.AttentionRollout && Layer is not null)
            throw new ArgumentException($"The layer '{Layer}' is invalid: attention rollout uses all blocks. Leave the layer out.");
        if (NeedsGradients)
            LibTorch.Require();
    }
}
