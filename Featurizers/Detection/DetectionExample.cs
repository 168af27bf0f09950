using TransferKit.Images;

namespace TransferKit.Detection;

/// <summary>An image with what is in it.</summary>
/// <param name="Image">The image.</param>
/// <param name="GroundTruth">What is in it, in pixels of the image as it is shown; may be nothing.</param>
public sealed record DetectionExample(ImageSource Image, IReadOnlyList<LabeledBox> GroundTruth)
{
    /// <summary>Checks the boxes: bad ones would be learned.</summary>
    /// <param name="name">What to call the image in a message.</param>
    /// <param name="classes">The number of classes, with 0 for nothing.</param>
    /// <exception cref="ArgumentException">A box is inverted, empty, outside of the image or not of numbers, or its class is none; the message quotes it.</exception>
    public void Validate(string name, int classes)
    {
        var picture = Image.Decode();
        var (width, height) = (picture.Width, picture.Height);
        foreach (var (box, label) in GroundTruth)
        {
            string what = $"{name}: the box ({box.Left}, {box.Top}) to ({box.Right}, {box.Bottom})";
            if (!(box.Right > box.Left && box.Bottom > box.Top))
                throw new ArgumentException($"{what} is {(box.Right < box.Left || box.Bottom < box.Top ? "inverted" : "empty")}: its right and lower edges must come after its left and upper ones.");
            if (!(box.Left >= 0 && box.Top >= 0 && box.Right <= width && box.Bottom <= height))
                throw new ArgumentException($"{what} reaches out of the image of {width} x {height} pixels.");
            if (label < 1 || label >= classes)
                throw new ArgumentException($"{what} has the label {label}, which is none of 1 to {classes - 1}.");
        }
    }
}
