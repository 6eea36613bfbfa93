using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace AkkaPrograms;

/// <summary>
/// A file server over Akka.Streams: each line is a name and is answered by the file's length, a line, and its content. It ends when its client
/// has asked for the last one.
/// </summary>
public static class FileServerProgram
{
    /// <summary>Serves the files of a folder.</summary>
    /// <returns>Where it listens.</returns>
    public static async Task<EndPoint> ServeAsync(ActorSystem system, IMaterializer materializer, string folder)
    {
        Flow<ByteString, ByteString, Akka.NotUsed> serve = Framing.Delimiter(ByteString.FromString("\n"), 1000)
            .Select(name => new FileInfo(Path.Combine(folder, Path.GetFileName(name.ToString()))))
            .ConcatMany(static file => file.Exists
                ? Source.Single(ByteString.FromString($"{file.Length}\n")).Concat(FileIO.FromFile(file).MapMaterializedValue(_ => Akka.NotUsed.Instance))
                : Source.Single(ByteString.FromString("none\n")));
        StreamTcp.ServerBinding binding = await system.TcpStream().BindAndHandle(serve, materializer, "127.0.0.1", 0);
        return binding.LocalAddress;
    }

    /// <summary>Fetches files, all at once, into another folder.</summary>
    /// <returns>For each its name, its announced length, and the digest of what was stored.</returns>
    public static async Task<string> FetchAsync(ActorSystem system, IMaterializer materializer, EndPoint server, IEnumerable<string> names, string folder)
    {
        IEnumerable<Task<string>> fetches = names.Select(async name =>
        {
            FileInfo stored = new(Path.Combine(folder, name));
            await Source.Single(ByteString.FromString(name + "\n")).Via(system.TcpStream().OutgoingConnection(server))
                .RunWith(FileIO.ToFile(stored), materializer);
            byte[] answer = await File.ReadAllBytesAsync(stored.FullName);
            int head = Array.IndexOf(answer, (byte)'\n') + 1;
            return $"{name}: {System.Text.Encoding.ASCII.GetString(answer, 0, head - 1)}, {Convert.ToHexString(SHA256.HashData(answer.AsSpan(head)))}\n";
        });
        return string.Concat(await Task.WhenAll(fetches));
    }
}
