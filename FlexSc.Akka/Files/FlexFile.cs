using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>
/// Files in the manner of Akka.IO: <c>system.FlexFile().Tell(new FlexFile.Open("data"))</c> is answered by
/// <see cref="Opened"/>, whose handle is an actor reference that takes <see cref="Read"/>, <see cref="Write"/> and so on. The system
/// calls go through syscall pages; none of them holds up a loop.
/// </summary>
/// <remarks>
/// <para><b>Order.</b> Commands of one handle that touch the same bytes act in the order they were told, others may pass each other: a
/// read finds what was written before it, of two writes that overlap the later one stays. A read behind the end of the file, beside a
/// write further on, finds the end or the zeros in between. <see cref="Append"/>,
/// <see cref="Truncate"/>, <see cref="Allocate"/> and <see cref="Stat"/> touch all bytes. <see cref="Sync"/> begins when all changes told before
/// it are made, and covers them; those told after it do not wait for it. Reads at <see cref="CurrentPosition"/> follow one another, so
/// do writes there, and neither waits for anything else. Between two handles there is no order.</para>
/// <para><b>Bounds.</b> <c>flexsc.file.max-in-flight</c> commands of a handle are under way, <c>max-queued</c> more wait; the next one fails with
/// <see cref="FileFailure.Busy"/>. The transfers of all handles of a loop share <c>max-transfer-bytes-per-loop</c>; beyond it they wait.</para>
/// <para><b>Answers.</b> Each command is answered once, to its sender: by its event or by <see cref="CommandFailed"/>. Commands without a
/// result of their own take an acknowledgement: null for <see cref="Completed"/>, <see cref="NoAck"/> for none, or an object that is told
/// as it is. A failure is always told.</para>
/// <para><b>End.</b> A handle has an owner, its opener unless another is named; it is closed when that ends, when it is told
/// <see cref="Close"/>, and when it is stopped. It can be watched: <see cref="Terminated"/> is told when the descriptor is closed.</para>
/// </remarks>
public sealed partial class FlexFile : ExtensionIdProvider<FlexFileExt>
{
    /// <summary>
    /// In the place of a position: the file's own, which moves on; for what has no positions, such as a FIFO. A read there answers with
    /// what is there, and waits when nothing is. It is not the kernel's -1, which a search that finds nothing answers as well.
    /// </summary>
    public const long CurrentPosition = long.MinValue;

    /// <summary>The extension's id.</summary>
    public static FlexFile Id { get; } = new();

    /// <summary>As an acknowledgement: success is not told.</summary>
    public static object NoAck { get; } = new NoAcknowledgement();

    /// <summary>The extension of a system; starts it.</summary>
    /// <exception cref="PlatformNotSupportedException">FlexSC does not run here, or is switched off: Akka.NET has no counterpart of it.</exception>
    public static FlexFileExt For(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<FlexFileExt, FlexFile>();
    }

    /// <inheritdoc/>
    public override FlexFileExt CreateExtension(ExtendedActorSystem system) => new(system);

    private sealed class NoAcknowledgement
    {
        public override string ToString() => "NoAck";
    }
}

/// <summary>The file extension of one actor system.</summary>
public sealed class FlexFileExt : IExtension
{
    internal FlexFileExt(ExtendedActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        if (StockInstead.Of(system) is { } stock)
        {
            throw stock.Refusal("FlexFile", "use .NET's files, or FileIO of Akka.Streams");
        }

        FlexScDefaults.Ensure(system);
        Group = LoopGroup.Of(system);
        Settings = FileSettings.Create(system.Settings.Config);
        LoopGroup group = Group;
        FileSettings settings = Settings;
        Manager = FlexScDefaults.StartManager(system, Props.Create(() => new FileManagerActor(group, settings)), "IO-FLEXSC-FILE");
    }

    /// <summary>Takes the commands that name a path: <see cref="FlexFile.Open"/>, <see cref="FlexFile.Rename"/> and so on, and <see cref="FlexFile.Cancel"/> for them.</summary>
    public IActorRef Manager { get; }

    /// <summary>Figures of the files of each loop that was started. From any thread, then possibly a little old.</summary>
    public IReadOnlyList<FileFigures> Figures => [.. Group.StartedLoops.Select(FileFigures.Of)];

    internal LoopGroup Group { get; }

    internal FileSettings Settings { get; }
}

/// <summary>Entry points on an actor system.</summary>
public static class FlexFileExtensions
{
    /// <summary>The manager that takes the commands that name a path; see <see cref="IO.FlexFile"/>.</summary>
    public static IActorRef FlexFile(this ActorSystem system) => IO.FlexFile.For(system).Manager;
}
