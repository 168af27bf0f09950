using Mono.Cecil;
using TransferKit.Engines.Torch;

namespace TransferKit.Tests.Featurizers.Engines.Torch;

public class ArithmeticTests
{
    /// <summary>
    /// No method of TorchSharp is called that makes a Scalar of a number, directly or through other methods of TorchSharp: nothing would
    /// keep the Scalar alive while native code reads it. <see cref="Arithmetic"/> has safe replacements.
    /// </summary>
    [Fact]
    public void No_call_leaves_a_number_to_the_garbage_collector()
    {
        var featurizers = AssemblyDefinition.ReadAssembly(typeof(TorchNetwork).Assembly.Location);
        var torchSharp = AssemblyDefinition.ReadAssembly(typeof(TorchSharp.torch).Assembly.Location);
        var bodies = torchSharp.MainModule.GetTypes()
            .SelectMany(type => type.Methods)
            .Where(method => method.HasBody)
            .ToDictionary(method => method.FullName);
        var results = new Dictionary<string, bool>();
        var calls = Calls(featurizers.MainModule.GetTypes().SelectMany(type => type.Methods));
        var unsafeCalls = calls.Where(call => call.Callee.DeclaringType.Scope.Name == "TorchSharp" && MakesScalar(call.Callee));
        Assert.Empty(unsafeCalls.Select(call => $"{call.Caller.DeclaringType.Name}.{call.Caller.Name} calls {call.Callee.FullName}"));
        // The search recognizes a method that makes a Scalar.
        Assert.Contains(bodies.Values, method => method.Name == "op_Addition" && MakesScalar(method));

        bool MakesScalar(MethodReference method)
        {
            string name = method.GetElementMethod().FullName;
            if (method is { Name: "op_Implicit", DeclaringType.Name: "Scalar" })
                return true;
            if (results.TryGetValue(name, out bool makesScalar) || !bodies.TryGetValue(name, out var body))
                return makesScalar;
            results[name] = false;
            return results[name] = Calls([body]).Any(call => call.Callee.Name != ".ctor" && MakesScalar(call.Callee));
        }
    }

    private static IEnumerable<(MethodDefinition Caller, MethodReference Callee)> Calls(IEnumerable<MethodDefinition> methods) =>
        from method in methods
        where method.HasBody
        from instruction in method.Body.Instructions
        let callee = instruction.Operand as MethodReference
        where callee is not null
        select (method, callee);
}
