namespace TransferKit.Detection;

/// <summary>The names of COCO's 80 classes (Lin et al. 2014, arXiv:1405.0312), which are numbered 1 to 90; ten are unused.</summary>
internal static class CocoLabels
{
    private static readonly string[] Names =
    [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light", "fire hydrant", "",
        "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "",
        "backpack", "umbrella", "", "", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
        "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "", "wine glass", "cup", "fork", "knife",
        "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair",
        "couch", "potted plant", "bed", "", "dining table", "", "", "toilet", "", "tv", "laptop", "mouse", "remote", "keyboard",
        "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "", "book", "clock", "vase", "scissors", "teddy bear",
        "hair drier", "toothbrush",
    ];

    /// <summary>The number of classes, of which ten are unused.</summary>
    public static int Count => Names.Length;

    /// <summary>The name of a class; its number in digits if the number is unused.</summary>
    /// <param name="label">The class, from 1 to 90.</param>
    public static string Of(int label) =>
        label >= 1 && label <= Names.Length && Names[label - 1].Length > 0 ? Names[label - 1] : $"{label}";
}
