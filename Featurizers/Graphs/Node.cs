namespace TransferKit.Graphs;

/// <summary>A node of a graph: a named operator with its inputs and the shape of its value.</summary>
public sealed class Node
{
    internal Node(string name, Operator op, IReadOnlyList<Node> inputs)
    {
        (Name, Operator, Inputs) = (name, op, inputs);
        try
        {
            Shape = op.Infer([.. inputs.Select(input => input.Shape)]);
            // Overflows here rather than in an engine.
            _ = Shape.Count;
        }
        catch (OverflowException e)
        {
            throw new ArgumentException(
                $"Node '{name}' ({op.Kind}): {Shape} has more values than an array can hold; use smaller images.", e);
        }
        catch (ArgumentException e)
        {
            string sources = string.Join(" and ", inputs.Select(input => $"'{input.Name}'"));
            throw new ArgumentException($"Node '{name}' ({op.Kind}) after {sources}: {e.Message}.", e);
        }
        Parameters = inputs.Count == 0 ? [] : op.Parameters(inputs[0].Shape);
    }

    /// <summary>The name, dotted like the module paths of a checkpoint: <c>layer4.0.conv1</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// The name of the layer whose parameters the node uses: the node's name up to an <c>@</c>. The nodes <c>conv@0</c> and
    /// <c>conv@1</c> apply the layer <c>conv</c> twice.
    /// </summary>
    public string Layer => Name.Split('@')[0];

    /// <summary>The operation.</summary>
    public Operator Operator { get; }

    /// <summary>The nodes whose values it reads.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The shape of its value for one image.</summary>
    public Shape Shape { get; }

    /// <summary>Its parameters and buffers.</summary>
    public IReadOnlyList<ParameterSpec> Parameters { get; }

    /// <summary>
    /// Returns the key of one of its parameters in the state dict, such as <c>layer4.0.conv1.weight</c>. A parameter without a name has the
    /// key of the layer.
    /// </summary>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    public string Key(ParameterSpec parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.Name == "" ? Layer : $"{Layer}.{parameter.Name}";
    }

    /// <summary>Returns the name, the operator and the shape.</summary>
    public override string ToString() => $"{Name}: {Operator.Kind} {Shape}";
}
