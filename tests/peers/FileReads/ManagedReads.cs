using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Peers.FileReads;

/// <summary>Akka.Streams' own source; at random places it can read only by a stream for each read.</summary>
internal sealed class StreamFileIo(string file) : IFileReads
{
    private readonly ActorSystem _system = ActorSystem.Create("streams");

    public string Name => "Akka.Streams FileIO";

    public async Task RunAsync(Load load, ReadCount count)
    {
        using ActorMaterializer materializer = _system.Materializer();
        FileInfo info = new(file);
        await Task.WhenAll(Enumerable.Range(1, load.Readers).Select(async seed =>
        {
            Places places = new(load, info.Length, seed);
            while (!count.IsStopped)
            {
                if (load.IsRandom)
                {
                    ByteString bytes = await FileIO.FromFile(info, load.Bytes, places.Next()).RunWith(Sink.First<ByteString>(), materializer).ConfigureAwait(false);
                    count.Add(bytes.Count, load);
                }
                else
                {
                    await FileIO.FromFile(info, load.Bytes).TakeWhile(_ => !count.IsStopped)
                        .RunForeach(bytes => count.Add(bytes.Count, load), materializer).ConfigureAwait(false);
                }
            }
        })).ConfigureAwait(false);
    }
}

internal sealed class AsyncFileStreams(string file) : IFileReads
{
    public string Name => "FileStream async";

    public Task RunAsync(Load load, ReadCount count) => Task.WhenAll(Enumerable.Range(1, load.Readers).Select(seed => Task.Run(async () =>
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        Places places = new(load, stream.Length, seed);
        byte[] buffer = new byte[load.Bytes];
        while (!count.IsStopped)
        {
            stream.Position = places.Next();
            count.Add(await stream.ReadAsync(buffer).ConfigureAwait(false), load);
        }
    })));
}

internal sealed class RandomAccessAsync(string file) : IFileReads
{
    public string Name => "RandomAccess async";

    public Task RunAsync(Load load, ReadCount count) => Task.WhenAll(Enumerable.Range(1, load.Readers).Select(seed => Task.Run(async () =>
    {
        using SafeFileHandle handle = System.IO.File.OpenHandle(file, options: FileOptions.Asynchronous);
        Places places = new(load, RandomAccess.GetLength(handle), seed);
        byte[] buffer = new byte[load.Bytes];
        while (!count.IsStopped)
        {
            count.Add(await RandomAccess.ReadAsync(handle, buffer, places.Next()).ConfigureAwait(false), load);
        }
    })));
}

/// <summary>Blocking reads, each reader on a thread of its own: no actor may do that, but it is what reading costs.</summary>
internal sealed class RandomAccessSync(string file) : IFileReads
{
    public string Name => "RandomAccess blocking";

    public Task RunAsync(Load load, ReadCount count) => Task.WhenAll(Enumerable.Range(1, load.Readers).Select(seed => Task.Factory.StartNew(
        () =>
        {
            using SafeFileHandle handle = System.IO.File.OpenHandle(file);
            Places places = new(load, RandomAccess.GetLength(handle), seed);
            byte[] buffer = new byte[load.Bytes];
            while (!count.IsStopped)
            {
                count.Add(RandomAccess.Read(handle, buffer, places.Next()), load);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
}
