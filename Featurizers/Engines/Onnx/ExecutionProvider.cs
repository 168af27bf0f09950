using Microsoft.ML.OnnxRuntime;

namespace TransferKit.Engines.Onnx;

/// <summary>
/// The execution providers of ONNX Runtime (onnxruntime.ai/docs/execution-providers). Each native build of ONNX Runtime has some of them.
/// </summary>
internal static class ExecutionProvider
{
    private const string Cpu = "cpu";

    private static readonly Provider[] Providers =
    [
        new("cuda", "CUDAExecutionProvider", "Microsoft.ML.OnnxRuntime.Gpu",
            (session, device) => session.AppendExecutionProvider_CUDA(device)),
        new("dml", "DmlExecutionProvider", "Microsoft.ML.OnnxRuntime.DirectML", UseDirectML),
        new("coreml", "CoreMLExecutionProvider", "Microsoft.ML.OnnxRuntime, on macOS,",
            (session, _) => session.AppendExecutionProvider("CoreML")),
        new("openvino", "OpenVINOExecutionProvider", "Intel.ML.OnnxRuntime.OpenVino",
            (session, _) => session.AppendExecutionProvider_OpenVINO()),
    ];

    /// <summary>Checks that a device is one that ONNX Runtime knows. Whether the program has it is not checked.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static void Validate(string device) => Parse(device);

    /// <summary>Makes a session run on a device. There is no fall back to the CPU.</summary>
    /// <param name="session">The options of the session.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>dml</c>, <c>dml:1</c>, <c>coreml</c> or <c>openvino</c>.</param>
    /// <exception cref="ArgumentException">
    /// There is no such device, or the program's ONNX Runtime cannot use it; the message names the package that can.
    /// </exception>
    public static void Use(SessionOptions session, string device)
    {
        if (Parse(device) is not var (provider, index))
            return;
        if (!OrtEnv.Instance().GetAvailableProviders().Contains(provider.OrtName))
        {
            throw new ArgumentException($"The device '{device}' is not available: the ONNX Runtime of this program has no " +
                $"{provider.OrtName}. Add the package {provider.Package} to the program instead of Microsoft.ML.OnnxRuntime, " +
                "or choose 'cpu'.");
        }
        try
        {
            provider.Append(session, index);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ArgumentException($"The device '{device}' cannot be used: {e.Message.Trim()}", e);
        }
    }

    private static (Provider Provider, int Index)? Parse(string device)
    {
        if (device == Cpu)
            return null;
        string[] parts = device.Split(':');
        int index = 0;
        bool hasIndices = parts[0] is "cuda" or "dml";
        bool isValid = parts.Length == 1 || hasIndices && parts.Length == 2 && int.TryParse(parts[1], out index) && index >= 0;
        return isValid && Providers.FirstOrDefault(provider => provider.Name == parts[0]) is { } found ? (found, index)
            : throw new ArgumentException($"The device '{device}' is invalid for the ONNX Runtime engine: " +
                "it must be cpu, cuda, cuda:1, dml, dml:1, coreml or openvino.");
    }

    // DirectML runs one operator after the other and lays out memory itself.
    private static void UseDirectML(SessionOptions session, int device)
    {
        session.EnableMemoryPattern = false;
        session.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
        session.AppendExecutionProvider_DML(device);
    }

    private sealed record Provider(string Name, string OrtName, string Package, Action<SessionOptions, int> Append);
}
