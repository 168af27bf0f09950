using System.Diagnostics.Metrics;
using System.Threading.Channels;

namespace TransferKit.Tests.Pipelines.Serving;

/// <summary>The measurements of one instrument of the meter TransferKit, in their order.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class MeterEvents<T> : IDisposable where T : struct
{
    private readonly Channel<(T Value, string Tag)> _events = Channel.CreateUnbounded<(T, string)>();
    private readonly MeterListener _listener = new();

    public MeterEvents(string instrument)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == "TransferKit" && published.Name == instrument)
                listener.EnableMeasurementEvents(published);
        };
        _listener.SetMeasurementEventCallback<T>((_, value, tags, _) =>
            _events.Writer.TryWrite((value, tags.Length > 0 ? $"{tags[0].Value}" : "")));
        _listener.Start();
    }

    /// <summary>Waits for the next measurement and returns the value of its first tag.</summary>
    public async Task<string> NextTag() => (await _events.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1))).Tag;

    /// <summary>Ends the listening and returns the measurements that were not read.</summary>
    public (T Value, string Tag)[] Rest()
    {
        _listener.Dispose();
        _events.Writer.Complete();
        return [.. _events.Reader.ReadAllAsync().ToBlockingEnumerable()];
    }

    public void Dispose() => _listener.Dispose();
}
