using System.Globalization;
using System.Text;
using FlexSc.Examples.KvServer.Protocol;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Lines of a reply to <c>stats</c>.</summary>
internal static class StatisticsText
{
    public static void Write(ref ReplyWriter writer, string name, long value) =>
        Write(ref writer, name, value.ToString(CultureInfo.InvariantCulture));

    public static void Write(ref ReplyWriter writer, string name, string value) =>
        writer.WriteLong(Encoding.UTF8.GetBytes($"STAT {name} {value}\r\n"));
}
