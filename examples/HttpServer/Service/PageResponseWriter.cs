using System.Buffers;
using System.Text;
using FlexSc.Akka.Hosting;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Writes what the dashboard answers.</summary>
internal static class PageResponseWriter
{
    /// <summary>Writes the head, and the content unless only the head was asked for. A stream ends with its connection.</summary>
    public static void Write(IBufferWriter<byte> output, PageRequest request, DashboardAnswer answer)
    {
        byte[] fields = Encoding.ASCII.GetBytes(string.Concat(answer.Fields.Select(static field => $"{field.Key}: {field.Value}\r\n")));
        HeadBuilder builder = new(output.GetSpan(HeadBuilder.MaxBytes + fields.Length));
        builder.Start(answer.Status, answer.IsEventStream ? ConnectionMode.Close : request.Mode);
        builder.Add(fields);
        if (!answer.IsEventStream)
        {
            builder.Add("Content-Length: "u8);
            builder.Add(answer.Content.Length);
            builder.Add("\r\n"u8);
        }

        builder.Add("\r\n"u8);
        output.Advance(builder.Length);
        if (!request.HeadOnly)
        {
            ResponseWriter.Copy(output, answer.Content.Span);
        }
    }
}
