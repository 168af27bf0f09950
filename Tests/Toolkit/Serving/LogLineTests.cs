using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TransferKit.Toolkit.Serving;

namespace TransferKit.Tests.Toolkit.Serving;

public class LogLineTests
{
    [Fact]
    public void A_line_has_the_level_the_class_and_the_message()
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var entry = new LogEntry<string>(LogLevel.Warning, "TransferKit.Toolkit.Serving.Gallery", new EventId(1234567890), "Skipped",
            exception: null, (state, _) => $"{state} it.");
        new LogLine().Write(entry, scopeProvider: null, text);
        Assert.Equal("Warning (Gallery): Skipped it.", text.ToString().TrimEnd());
    }
}
