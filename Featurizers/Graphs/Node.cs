namespace TransferKit.Graphs;

/// <summary>A named operator with its inputs and the shape it gives.</summary>
public sealed class Node
{
    internal Node(string name, Operator op, IReadOnlyList<Node> inputs)
    {
        (Name, Operator, Inputs) = (name, op, inputs);
        try
        {
            Shape = op.Infer([.. inputs.Select(i => i.Shape)]);
            _ = Shape.Count;
        }
        catch (OverflowException e)
        {
            throw new ArgumentException($"Node '{name}' ({op.Kind}): {Shape} are more values than an array can hold; use smaller images.", e);
        }
        catch (ArgumentException e)
        {
            string from = string.Join(" and ", inputs.Select(i => $"'{i.Name}'"));
            throw new ArgumentException($"Node '{name}' ({op.Kind}) after {from}: {e.Message}.", e);
        }
        Parameters = inputs.Count == 0 ? [] : op.Parameters(inputs[0].Shape);
    }

    /// <summary>The name, dotted like the module paths of a checkpoint.</summary>
    public string Name { get; }

    /// <summary>
    /// Whose parameters it has: those of the name without what follows an <c>@</c>. The nodes <c>conv@0</c> and <c>conv@1</c> are one layer,
    /// applied twice.
    /// </summary>
    public string Layer => Name.Split('@')[0];

    /// <summary>What it computes.</summary>
    public Operator Operator { get; }

    /// <summary>The nodes it reads.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The shape of its value.</summary>
    public Shape Shape { get; }

    /// <summary>Its parameters and buffers.</summary>
    public IReadOnlyList<ParameterSpec> Parameters { get; }

    /// <summary>The key of one of its parameters in a state dict.</summary>
    public string Key(ParameterSpec parameter) => $"{Layer}.{parameter.Name}";

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Operator.Kind} {Shape}";
}
