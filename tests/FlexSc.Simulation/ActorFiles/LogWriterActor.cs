using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Calls;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorFiles;

/// <summary>
/// A file to which several append, each with a handle of its own. Every byte tells whose it is and the lower bits of which it is, so that
/// each one's bytes can be looked up in order, whatever came in between.
/// </summary>
internal sealed class SharedLog(World world, string path)
{
    private const int CountBits = 6;
    private const int CountMask = (1 << CountBits) - 1;

    private readonly List<(long Written, long Told)> _writers = [];

    public string Path => path;

    public int AddWriter()
    {
        _writers.Add((0, 0));
        return _writers.Count - 1;
    }

    /// <summary>The next bytes of a writer.</summary>
    public byte[] Next(int writer, int count)
    {
        (long written, long told) = _writers[writer];
        _writers[writer] = (written, told + count);
        return [.. Enumerable.Range(0, count).Select(i => Tag(writer, told + i))];
    }

    /// <summary>Of what was told, so much was written; what was not is told again later.</summary>
    public void OnAnswered(int writer, int toldBytes, int writtenBytes)
    {
        (long written, long told) = _writers[writer];
        _writers[writer] = (written + writtenBytes, told - (toldBytes - writtenBytes));
    }

    /// <summary>Each one's bytes are there, in order; those that were told last may be, when who told them is gone.</summary>
    public void Check()
    {
        if (world.Kernel.Files.Find(world.Kernel.Files.Root, path, out FileNode node) != 0)
        {
            return;
        }

        long[] found = new long[_writers.Count];
        foreach (byte tag in node.Bytes.AsSpan(0, (int)node.Length))
        {
            int writer = tag >> CountBits;
            if (writer >= found.Length || tag != Tag(writer, found[writer]))
            {
                throw new SimulationFailure(
                    $"{path}: {tag:x2} follows {found[Math.Min(writer, found.Length - 1)]} bytes of writer {writer}");
            }

            found[writer]++;
        }

        for (int writer = 0; writer < found.Length; writer++)
        {
            (long written, long told) = _writers[writer];
            if (found[writer] < written || found[writer] > told)
            {
                throw new SimulationFailure(
                    $"{path} has {found[writer]} bytes of writer {writer}, who was told of {written} and told {told}");
            }
        }
    }

    private static byte Tag(int writer, long index) => (byte)((writer << CountBits) | (int)(index & CountMask));
}

/// <summary>
/// Appends to a shared file, several appends at a time; they come in order. Where appends fail, one at a time.
/// </summary>
internal sealed class LogWriterActor(FileHost host, SharedLog log, Action ended) : UntypedActor, IWithTimers
{
    private const int MostAppends = 20;
    private const int Window = 4;
    private const string Again = nameof(Again);

    private readonly World _world = host.World;
    private readonly int _writer = log.AddWriter();
    private readonly Queue<FlexFile.Append> _unanswered = new();
    private IActorRef _handle = ActorRefs.Nobody;
    private int _left = MostAppends;

    public ITimerScheduler Timers { get; set; } = null!;

    private string Who => $"{host.Process.Name}, writer {_writer}";

    protected override void PreStart() => Open();

    protected override void PostStop() => ended();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FlexFile.Opened:
                _handle = Sender;
                FileEndCheck.Watch(host.Process, _handle, Who);
                Context.Watch(_handle);
                Work();
                break;
            case FlexFile.CommandFailed { Command: FlexFile.Open } failed:
                Require(failed.Reason == FileFailure.Busy || FileFaults.IsOfProfile(_world, failed), failed);
                Timers.StartSingleTimer(Again, Again, TimeSpan.FromMilliseconds(1));
                break;
            case Again when _handle.IsNobody():
                Open();
                break;
            case Again:
                Work();
                break;
            case FlexFile.Completed { Command: FlexFile.Append append }:
                Take(append);
                log.OnAnswered(_writer, append.Data.Count, append.Data.Count);
                Work();
                break;
            case FlexFile.CommandFailed { Command: FlexFile.Append append } failed:
                Require(FileFaults.IsOfProfile(_world, failed), failed);
                Take(append);
                log.OnAnswered(_writer, append.Data.Count, (int)failed.CompletedBytes);
                Timers.StartSingleTimer(Again, Again, TimeSpan.FromMilliseconds(1));
                break;
            case FlexFile.Closed:
                break;
            case Terminated:
                Context.Stop(Self);
                break;
            default:
                throw new SimulationFailure($"{Who}: {message} was not expected");
        }
    }

    private void Open() =>
        Context.System.FlexFile().Tell(new FlexFile.Open(log.Path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append));

    private void Require(bool isRight, FlexFile.CommandFailed failed)
    {
        if (!isRight)
        {
            throw new SimulationFailure($"{Who}: {failed.Command} failed: {failed.Reason}, {failed.Cause.Message}");
        }
    }

    private void Take(FlexFile.Append append)
    {
        if (!_unanswered.TryDequeue(out FlexFile.Append? first) || first != append)
        {
            throw new SimulationFailure($"{Who}: {append} was answered before {first}");
        }
    }

    private void Work()
    {
        // After a failure the bytes behind it would be told with a gap, so one is told at a time where appends fail.
        int window = _world.Kernel.Profile.NoSpacePerMillion > 0 ? 1 : Math.Clamp(host.MostQueued, 1, Window);
        while (_left > 0 && _unanswered.Count < window)
        {
            _left--;
            FlexFile.Append append = new(ByteString.CopyFrom(log.Next(_writer, 1 + _world.Random.Below(2 * host.MostBytes))));
            _unanswered.Enqueue(append);
            _handle.Tell(append, Self);
        }

        if (_left == 0 && _unanswered.Count == 0)
        {
            _left = -1;
            _handle.Tell(new FlexFile.Close(), Self);
        }
    }
}
