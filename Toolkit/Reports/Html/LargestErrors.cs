using TransferKit.Pipelines.Evaluating;
using TransferKit.Pipelines.Explaining;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>The section of a report that shows the photos with the largest errors, each with its class activation map.</summary>
internal static class LargestErrors
{
    /// <summary>The largest number of photos in a section.</summary>
    public const int MaxPhotos = 12;

    private const string Title = "Largest errors";

    // Below this margin a correct prediction counts as close.
    private const double CloseMargin = 0.2;

    /// <summary>Returns the section.</summary>
    /// <param name="evaluation">The result on the test photos.</param>
    /// <param name="createExplainer">Creates the explainer of the classifier.</param>
    public static string Section(Evaluation evaluation, Func<ImageExplainer> createExplainer)
    {
        EvaluatedImage[] worst =
        [
            .. Statistics.Margins(evaluation).Where(m => m.Image.File is not null && m.Margin > -CloseMargin)
                .OrderByDescending(m => m.Margin).Take(MaxPhotos).Select(m => m.Image),
        ];
        if (worst.Length == 0)
            return Display.Html.Section(Title, Remark("There is no photo with a wrong or close prediction."));
        var (explainer, problem) = TryCreate(createExplainer);
        using (explainer)
        {
            string maps = problem is null
                ? "The Grad-CAM map beside each photo shows which regions speak for the predicted label."
                : $"There are no maps: {problem}";
            var figures = worst.Select(image => explainer is null
                ? PhotoFigures.Figure(image.File!, Caption(image))
                : PhotoFigures.WithMap(explainer, image.File!, image.Predicted, Caption(image)));
            return Display.Html.Section(Title,
                Remark($"The photos whose true label has the lowest score compared with another label. {maps}"), PhotoFigures.Row(figures));
        }
    }

    // Some models have no maps, and some machines no libtorch, which Grad-CAM needs.
    private static (ImageExplainer? Explainer, string? Problem) TryCreate(Func<ImageExplainer> create)
    {
        try
        {
            return (create(), null);
        }
        catch (Exception e) when (e is ArgumentException or DllNotFoundException or TypeInitializationException or NotSupportedException)
        {
            return (null, e.Message);
        }
    }

    private static string Caption(EvaluatedImage image) =>
        image.Label == image.Predicted ? $"{image.Label}, correct but close" : $"{image.Label}, predicted as {image.Predicted}";
}
