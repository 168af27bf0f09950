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

    /// <summary>
    /// Returns names for the classes of weights, without the background: COCO's if the weights have as many classes as torchvision's, and
    /// the numbers of the classes otherwise or where COCO uses no name.
    /// </summary>
    /// <param name="classes">The number of classes, including the background.</param>
    public static string[] For(int classes)
    {
        bool isCoco = classes == Names.Length + 1;
        return [.. Enumerable.Range(1, classes - 1).Select(label => isCoco && Names[label - 1].Length > 0 ? Names[label - 1] : $"{label}")];
    }
}
