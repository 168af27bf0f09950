using System.Reflection;
using System.Runtime.Loader;

// Loads assemblies like a notebook's kernel: it references none, and finds each in the folder of its package.
string[] folders = args;
AssemblyLoadContext.Default.Resolving += (context, name) =>
{
    string? file = folders.Select(f => Path.Combine(f, name.Name + ".dll")).FirstOrDefault(File.Exists);
    return file is null ? null : context.LoadFromAssemblyPath(file);
};
var featurizers = Assembly.Load("TransferKit.Featurizers");
var options = Activator.CreateInstance(featurizers.GetType("TransferKit.FeaturizerOptions")!)!;
Set("Weights", "none");
Set("Engine", Enum.Parse(featurizers.GetType("TransferKit.Engines.EngineKind")!, "Torch"));
using var featurizer = (IDisposable)Activator.CreateInstance(featurizers.GetType("TransferKit.ImageFeaturizer")!, options)!;
Console.WriteLine(featurizer.GetType().GetProperty("Width")!.GetValue(featurizer));

void Set(string property, object value) => options.GetType().GetProperty(property)!.SetValue(options, value);
