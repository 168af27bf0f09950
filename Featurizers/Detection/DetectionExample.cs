using TransferKit.Images;

namespace TransferKit.Detection;

/// <summary>An image with its ground truth.</summary>
/// <param name="Image">The image.</param>
/// <param name="GroundTruth">Its labeled boxes, in pixels of the image after its EXIF orientation is applied; may be empty.</param>
public sealed record DetectionExample(ImageSource Image, IReadOnlyList<LabeledBox> GroundTruth)
{
    /// <summary>Checks the boxes and their labels.</summary>
    /// <param name="name">The name of the image in messages.</param>
    /// <param name="classes">The number of classes, including 0 for the background.</param>
    /// <exception cref="ArgumentException">A box is inverted, empty, not finite or outside of the image, or its label is
    /// invalid.</exception>
    /// <exception cref="ImageFormatException">The image cannot be read.</exception>
    public void Validate(string name, int classes)
    {
        var picture = Image.Decode();
        var (width, height) = (picture.Width, picture.Height);
        foreach (var (box, label) in GroundTruth)
        {
            string text = $"{name}: the box ({box.Left}, {box.Top}) to ({box.Right}, {box.Bottom})";
            bool isInverted = box.Right < box.Left || box.Bottom < box.Top;
            if (!(box.Right > box.Left && box.Bottom > box.Top))
                throw new ArgumentException($"{text} is {(isInverted ? "inverted" : "empty")}: "
                    + "its right edge must be to the right of its left edge, and its bottom edge below its top edge.");
            if (!(box.Left >= 0 && box.Top >= 0 && box.Right <= width && box.Bottom <= height))
                throw new ArgumentException($"{text} extends beyond the image of {width} x {height} pixels.");
            if (label < 1 || label >= classes)
                throw new ArgumentException($"{text} has the invalid label {label}: it must be from 1 to {classes - 1}.");
        }
    }
}
