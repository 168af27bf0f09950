using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Serving;

/// <summary>Any ML.NET model with one image column and a predicted label, run by ML.NET on batches.</summary>
internal sealed class TransformerModel : ServedModel
{
    private const string Label = "PredictedLabel", Score = "Score", Probability = "Probability", Features = "Features";

    private readonly DataViewSchema _input;
    private readonly DataViewSchema.Column _image;
    private readonly ITransformer _model;
    private readonly ArgumentException _noNetwork;

    /// <summary>Loads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="noNetwork">Why the model cannot be read as one network.</param>
    /// <param name="generation">The number of the model.</param>
    /// <exception cref="InvalidDataException">The model has no predicted label, or other than one image column.</exception>
    public TransformerModel(string path, ArgumentException noNetwork, int generation) : base(generation)
    {
        _noNetwork = noNetwork;
        var context = new MLContext();
        _model = context.Model.LoadImageModel(path, out _input);
        try
        {
            _image = FindImageColumn();
            Labels = FindLabels();
            _model = WithTextLabel(context, _model, new EmptyView(_input));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<string> Labels { get; } = [];

    public override SavedNetwork Network => throw new ArgumentException(
        $"The model cannot be explained by maps, which need a network and a linear classifier: {_noNetwork.Message}", _noNetwork);

    public override void Dispose() => (_model as IDisposable)?.Dispose();

    protected override ImageSource Read(ImageSource image)
    {
        // ML.NET ends the whole batch where an image cannot be decoded.
        image.Decode();
        return image;
    }

    protected override IReadOnlyList<Prediction> Run(IReadOnlyList<ImageSource> images)
    {
        using var files = new TemporaryImageFiles();
        IDataView rows = _image.Type switch
        {
            TextDataViewType => Rows([.. images.Select(image => files.PathOf(image).AsMemory())]),
            ImageDataViewType => Rows([.. images.Select(image => MLImages.ToMLImage(image.Decode()))]),
            _ => Rows([.. images.Select(image => image.Encode()).Select(bytes => new VBuffer<byte>(bytes.Length, bytes))]),
        };
        var predicted = _model.Transform(rows);
        using var cursor = predicted.GetRowCursor(predicted.Schema);
        var label = cursor.GetGetter<ReadOnlyMemory<char>>(predicted.Schema[Label]);
        var (scores, features) = (ScoreReader(cursor), VectorReader(cursor, Features));
        var predictions = new List<Prediction>(images.Count);
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            label(ref text);
            predictions.Add(new(text.ToString(), scores(), features()));
        }
        return predictions;
    }

    private ImageRows<T> Rows<T>(T[] values) => new(_input, _image.Index, values);

    private DataViewSchema.Column FindImageColumn()
    {
        var output = _model.GetOutputSchema(_input);
        var predicted = output.GetColumnOrNull(Label) ?? throw new InvalidDataException(
            $"it gives no column '{Label}', but {string.Join(", ", output.Select(c => c.Name))}.");
        if (!_model.IsRowToRowMapper)
            throw new InvalidDataException("it does not predict row by row.");
        var needed = _model.GetRowToRowMapper(_input).GetDependencies([predicted]).ToList();
        return needed is [var image] && ImageColumn.HoldsImages(image.Type) ? image : throw new InvalidDataException(
            $"it predicts from the columns {string.Join(", ", needed)}; one column of images is needed.");
    }

    // Keys and numbers become text.
    private static ITransformer WithTextLabel(MLContext context, ITransformer model, IDataView input)
    {
        var conversion = context.Transforms.Conversion;
        var view = model.Transform(input);
        if (view.Schema[Label].Type is KeyDataViewType)
            model = Append(model, conversion.MapKeyToValue(Label).Fit(view));
        view = model.Transform(input);
        return view.Schema[Label].Type is TextDataViewType ? model
            : Append(model, conversion.ConvertType(Label, outputKind: DataKind.String).Fit(view));

        static ITransformer Append(ITransformer model, ITransformer step) => new TransformerChain<ITransformer>(model, step);
    }

    private string[] FindLabels()
    {
        var schema = _model.GetOutputSchema(_input);
        if (schema.GetColumnOrNull(Score) is not { } score)
            return [];
        if (score.Type is NumberDataViewType)
            return [bool.FalseString, bool.TrueString];
        if (score.SlotNames() is { } names)
            return names;
        return LabelValues(score)
            ?? throw new InvalidDataException($"its column '{Score}' does not say which label each score belongs to.");
    }

    // The labels that the classifier was trained on, where these are numbers and no text.
    private static string[]? LabelValues(DataViewSchema.Column score)
    {
        const string Annotation = "TrainingLabelValues";
        var type = score.Annotations.Schema.GetColumnOrNull(Annotation)?.Type as VectorDataViewType;
        return type?.ItemType.RawType switch
        {
            { } item when item == typeof(int) => Values<int>(),
            { } item when item == typeof(float) => Values<float>(),
            { } item when item == typeof(double) => Values<double>(),
            { } item when item == typeof(bool) => Values<bool>(),
            _ => null,
        };

        string[] Values<T>()
        {
            VBuffer<T> values = default;
            score.Annotations.GetValue(Annotation, ref values);
            return [.. values.DenseValues().Select(value => string.Create(CultureInfo.InvariantCulture, $"{value}"))];
        }
    }

    // A binary classifier gives one score, and some give its probability.
    private static Func<float[]> ScoreReader(DataViewRow row)
    {
        if (row.Schema.GetColumnOrNull(Score)?.Type is not NumberDataViewType)
            return VectorReader(row, Score);
        bool isCalibrated = row.Schema.GetColumnOrNull(Probability) is not null;
        var get = row.GetGetter<float>(row.Schema[isCalibrated ? Probability : Score]);
        float value = 0;
        return () =>
        {
            get(ref value);
            return [isCalibrated ? 1 - value : -value, value];
        };
    }

    // Reads a column of vectors; an empty one where there is no such column.
    private static Func<float[]> VectorReader(DataViewRow row, string name)
    {
        if (row.Schema.GetColumnOrNull(name) is not { Type: VectorDataViewType { ItemType: NumberDataViewType } type } column
            || type.ItemType.RawType != typeof(float))
            return () => [];
        var get = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> values = default;
        return () =>
        {
            get(ref values);
            return [.. values.DenseValues()];
        };
    }
}
