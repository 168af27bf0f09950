using Mono.Cecil;
using TransferKit.Backbones;
using TransferKit.Engines.Torch;
using TransferKit.Training;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Engines;

public class ArithmeticTests
{
    /// <summary>
    /// No method of TorchSharp that makes a Scalar of a number is called, directly or through others of its own: nothing would hold it while
    /// native code reads it.
    /// </summary>
    [Fact]
    public void No_number_is_left_to_the_garbage_collector()
    {
        var own = AssemblyDefinition.ReadAssembly(typeof(TorchNetwork).Assembly.Location);
        var torchSharp = AssemblyDefinition.ReadAssembly(typeof(TorchSharp.torch).Assembly.Location);
        var bodies = torchSharp.MainModule.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody).ToDictionary(m => m.FullName);
        var known = new Dictionary<string, bool>();
        string[] found = [.. Calls(own.MainModule.GetTypes().SelectMany(t => t.Methods)).Where(c => c.Callee.DeclaringType.Scope.Name == "TorchSharp" && Makes(c.Callee))
            .Select(c => $"{c.Caller.DeclaringType.Name}.{c.Caller.Name} calls {c.Callee.FullName}")];
        Assert.Empty(found);
        // The search finds what it looks for.
        Assert.Contains(bodies.Values, m => m.Name == "op_Addition" && Makes(m));

        bool Makes(MethodReference method)
        {
            string name = method.GetElementMethod().FullName;
            if (method is { Name: "op_Implicit", DeclaringType.Name: "Scalar" })
                return true;
            if (known.TryGetValue(name, out bool makes) || !bodies.TryGetValue(name, out var body))
                return makes;
            known[name] = false;
            return known[name] = Calls([body]).Any(c => c.Callee.Name != ".ctor" && Makes(c.Callee));
        }
    }

    private static IEnumerable<(MethodDefinition Caller, MethodReference Callee)> Calls(IEnumerable<MethodDefinition> methods) =>
        from method in methods where method.HasBody from instruction in method.Body.Instructions let callee = instruction.Operand as MethodReference where callee is not null select (method, callee);

    /// <summary>Against TorchSharp's optimizers, whose sums are PyTorch's.</summary>
    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    public void Optimizers_step_like_PyTorchs(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var graph = Registry.Get("lenet5").Build();
        var network = new TransferKit.Engines.Network(graph, TransferKit.Weights.RandomWeights.For(graph, seed: 1));
        using TorchNetwork ours = new(network), theirs = new(network);
        var options = new TrainingOptions { Backbone = "lenet5", Optimizer = kind, LearningRate = 0.01, WeightDecay = 0.1, Momentum = 0.8 };
        using var optimizer = new Optimizer(ours, graph, options);
        TorchSharp.Modules.Parameter[] decaying = [.. theirs.parameters().Where(p => p.dim() > 1)], rest = [.. theirs.parameters().Where(p => p.dim() == 1)];
        using optim.Optimizer expected = kind == OptimizerKind.AdamW
            ? optim.AdamW(new TorchSharp.Modules.AdamW.ParamGroup[] { new(decaying, 0.01, weight_decay: 0.1), new(rest, 0.01, weight_decay: 0) }, 0.01)
            : optim.SGD(new TorchSharp.Modules.SGD.ParamGroup[] { new(decaying, 0.01, 0.8, weight_decay: 0.1), new(rest, 0.01, 0.8, weight_decay: 0) }, 0.01, 0.8);
        var x = randn(4, 3, 32, 32);
        for (int i = 0; i < 4; i++)
        {
            optimizer.Clear();
            expected.zero_grad();
            ours.forward(x).square().mean().backward();
            theirs.forward(x).square().mean().backward();
            optimizer.Step(part: 1);
            expected.step();
        }
        foreach (var (one, other) in ours.parameters().Zip(theirs.parameters()))
            Assert.True(one.allclose(other, 1e-4, 1e-6), $"{(one - other).abs().max().item<float>()}");
    }
}
