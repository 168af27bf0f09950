using System.Reflection;
using System.Runtime.Loader;

// As a notebook's kernel does: it references nothing, and takes assemblies from where packages lie, each in a folder of its own.
string[] folders = args;
AssemblyLoadContext.Default.Resolving += (context, name) =>
    folders.Select(f => Path.Combine(f, name.Name + ".dll")).FirstOrDefault(File.Exists) is { } file ? context.LoadFromAssemblyPath(file) : null;
var featurizers = Assembly.Load("TransferKit.Featurizers");
var options = Activator.CreateInstance(featurizers.GetType("TransferKit.FeaturizerOptions")!)!;
Set("Weights", "none");
Set("Engine", Enum.Parse(featurizers.GetType("TransferKit.Engines.EngineKind")!, "Torch"));
using var featurizer = (IDisposable)Activator.CreateInstance(featurizers.GetType("TransferKit.ImageFeaturizer")!, options)!;
Console.WriteLine(featurizer.GetType().GetProperty("Width")!.GetValue(featurizer));

void Set(string property, object value) => options.GetType().GetProperty(property)!.SetValue(options, value);
