namespace TransferKit.Maps;

/// <summary>How a map of where a class is seen is made.</summary>
public sealed class MapOptions
{
    /// <summary>What is computed. CAM, Score-CAM and Eigen-CAM need no libtorch.</summary>
    public MapMethod Method { get; set; } = MapMethod.GradCam;

    /// <summary>The node whose value is looked at, a map; null for the last one before maps become a vector.</summary>
    public string? Layer { get; set; }

    /// <summary>Whether to take the mean over six views: the image and its mirror image, each slightly darker and brighter.</summary>
    public bool Smooth { get; set; }
}
