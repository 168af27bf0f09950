namespace TransferKit.Images;

/// <summary>The order of the color channels that a network takes.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue: torchvision, timm and most others.</summary>
    Rgb,

    /// <summary>Blue, green, red: networks that were trained with OpenCV's images, as in Caffe, CNTK and MobileViT.</summary>
    Bgr,
}
