using System.Buffers;
using System.Text;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Files;

internal static class FileResponseWriter
{
    /// <summary>Writes the head of an answer; a body of <see cref="FileAnswer.LengthBytes"/> follows unless only the head was asked for.</summary>
    public static void WriteHead(
        IBufferWriter<byte> output, FileRequest request, FileMetadata file, FileAnswer answer, string name)
    {
        HeadBuilder builder = new(output.GetSpan(HeadBuilder.MaxBytes));
        builder.Start(answer.Status, request.Mode);
        if (answer.Status is 200 or 206 or 304)
        {
            builder.Add("ETag: "u8);
            AddAscii(ref builder, file.EntityTag);
            builder.Add("\r\nLast-Modified: "u8);
            builder.Add(file.LastModifiedUtc(DateTime.UtcNow));
            builder.Add("\r\nAccept-Ranges: bytes\r\n"u8);
        }

        AddContentRange(ref builder, file, answer);
        if (answer.Status is 200 or 206)
        {
            builder.Add("Content-Type: "u8);
            builder.Add(ContentTypes.For(name));
            builder.Add("\r\n"u8);
        }

        if (answer.Status != 304)
        {
            builder.Add("Content-Length: "u8);
            builder.Add(answer.LengthBytes);
            builder.Add("\r\n"u8);
        }

        builder.Add("\r\n"u8);
        output.Advance(builder.Length);
    }

    /// <summary>Writes the whole answer from memory.</summary>
    public static void WriteCached(IBufferWriter<byte> output, FileRequest request, CachedFile file, string name)
    {
        FileAnswer answer = request.IsUnconditional ? new FileAnswer(200, 0, file.Metadata.SizeBytes) : FileAnswer.For(request, file.Metadata);
        if (answer.Status == 200)
        {
            HeadBuilder builder = new(output.GetSpan(HeadBuilder.MaxBytes));
            builder.Start(answer.Status, request.Mode);
            builder.Add(file.HeadRest);
            output.Advance(builder.Length);
        }
        else
        {
            WriteHead(output, request, file.Metadata, answer, name);
        }

        if (!request.HeadOnly && answer.LengthBytes > 0)
        {
            ResponseWriter.Copy(output, file.Content.AsSpan((int)answer.OffsetBytes, (int)answer.LengthBytes));
        }
    }

    /// <summary>Sends the client from a directory to the same path with a slash and the same query, so that relative links resolve.</summary>
    public static void WriteRedirect(IBufferWriter<byte> output, FileRequest request)
    {
        HeadBuilder builder = new(output.GetSpan(HeadBuilder.MaxBytes + request.EncodedPath.Length + request.EncodedQuery.Length));
        builder.Start(301, request.Mode);
        builder.Add("Location: "u8);
        AddAscii(ref builder, request.EncodedPath);
        builder.Add("/"u8);
        AddAscii(ref builder, request.EncodedQuery);
        builder.Add("\r\nContent-Length: 0\r\n\r\n"u8);
        output.Advance(builder.Length);
    }

    private static void AddContentRange(ref HeadBuilder builder, FileMetadata file, FileAnswer answer)
    {
        if (answer.Status is not (206 or 416))
        {
            return;
        }

        builder.Add("Content-Range: bytes "u8);
        if (answer.Status == 206)
        {
            builder.Add(answer.OffsetBytes);
            builder.Add("-"u8);
            builder.Add(answer.OffsetBytes + answer.LengthBytes - 1);
        }
        else
        {
            builder.Add("*"u8);
        }

        builder.Add("/"u8);
        builder.Add(file.SizeBytes);
        builder.Add("\r\n"u8);
    }

    private static void AddAscii(ref HeadBuilder builder, string text) => builder.Add(Encoding.ASCII.GetBytes(text));
}
