using System.CommandLine;
using TransferKit.Training;
using static TransferKit.Toolkit.Commands.OptimizationArguments;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of the command that distills a network.</summary>
internal sealed class DistillationArguments
{
    private static readonly DistillationOptions Defaults = new();

    private readonly Option<string> _teacher =
        WithDefault("--teacher", "The network to learn from; `transferkit models` lists all.", Defaults.Teacher.Name);
    private readonly Option<string?> _teacherWeights = new("--teacher-weights")
    {
        Description = "Weights of the teacher: a tag or a file. Default: the bundled weights, or else the best published ones.",
    };
    private readonly Option<string> _student =
        WithDefault("--student", "The network to train; `transferkit models` lists all.", Defaults.Backbone.Name);
    private readonly Option<string> _weights =
        WithDefault("--weights", "Initial weights of the student: a tag, a file, or none.", Defaults.Weights!);
    private readonly Option<int> _size = WithDefault("--size", "Input size of the student: width and height in pixels.", Defaults.Size);
    private readonly Option<int?> _teacherSize = new("--teacher-size")
    {
        Description = "Input size of the teacher: width and height in pixels. Default: as its weights were trained.",
    };
    private readonly Option<double> _temperature =
        WithDefault("--temperature", "Temperature: logits are divided by it before the softmax.", Defaults.Temperature);
    private readonly Option<double> _features =
        WithDefault("--feature-weight", "Weight of the feature loss relative to the loss of the probabilities.", Defaults.FeatureWeight);
    private readonly OptimizationArguments _optimization = new(Defaults);

    public void AddTo(Command command)
    {
        Option[] options = [_teacher, _teacherWeights, _student, _weights, _size, _teacherSize, _temperature, _features];
        foreach (var option in options)
            command.Options.Add(option);
        _optimization.AddTo(command);
    }

    /// <summary>The fraction of the images that are held out for validation.</summary>
    public double ValidationFraction(ParseResult parsed) => _optimization.ValidationFraction(parsed);

    /// <summary>Reads the options of the training.</summary>
    /// <exception cref="ArgumentException">A value is invalid.</exception>
    public DistillationOptions Read(ParseResult parsed, CommandOutput output)
    {
        var options = new DistillationOptions
        {
            Backbone = parsed.GetValue(_student)!,
            Weights = parsed.GetValue(_weights),
            Teacher = parsed.GetValue(_teacher)!,
            TeacherWeights = parsed.GetValue(_teacherWeights),
            Size = parsed.GetValue(_size),
            TeacherSize = parsed.GetValue(_teacherSize),
            Temperature = parsed.GetValue(_temperature),
            FeatureWeight = parsed.GetValue(_features),
        };
        _optimization.Fill(options, parsed, output);
        options.Validate();
        return options;
    }
}
