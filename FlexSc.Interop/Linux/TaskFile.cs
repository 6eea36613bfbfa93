using System.Buffers.Text;

namespace FlexSc.Interop.Linux;

/// <summary>
/// A file that the kernel keeps of a thread of this process, see proc_pid_task(5) and Documentation/scheduler/sched-stats.rst. Read by system
/// calls alone: whoever watches threads does so often, from a program's first moment on, and what reads files of all kinds takes several times
/// as long and has to be compiled.
/// </summary>
/// <remarks>Reading may be done from any thread, and not while it is disposed.</remarks>
public sealed class TaskFile : IDisposable
{
    private const int NumberClose = 3;
    private const int NumberPositionedRead = 17; // pread64
    private const int NumberOpenAt = 257;
    private const int CurrentDirectory = -100; // AT_FDCWD; a path from the root does not depend on it
    private const int CloseOnExec = 0x80000; // O_CLOEXEC, with O_RDONLY, which is 0
    private const int NoSuchProcess = 3; // ESRCH
    private const int None = -1;

    private const int MostNameBytes = 32;

    /// <summary>What is always there, a number of up to 11 letters, a name, and what is between them and at the end.</summary>
    private const int MostPathBytes = 64;

    private int _descriptor;

    private TaskFile(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens one of the calling thread; as the other.</summary>
    public static TaskFile? TryOpen(ReadOnlySpan<byte> name) => TryOpen((int)RawSystemCall.Invoke(SyscallNumber.GetTid), name);

    /// <summary>Opens one, to be read again and again; it stays that thread's.</summary>
    /// <param name="threadId">The kernel's number of the thread, see gettid(2).</param>
    /// <param name="name">Its name, at most 32 letters: "schedstat".</param>
    /// <returns>
    /// Null where it cannot be opened: the thread has ended, the kernel keeps no such file, or the process has no descriptor left (EMFILE). Whoever
    /// watches goes without then.
    /// </returns>
    public static unsafe TaskFile? TryOpen(int threadId, ReadOnlySpan<byte> name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, MostNameBytes);
        ReadOnlySpan<byte> folder = "/proc/self/task/"u8;

        // What is not written stays zero, which ends the path.
        Span<byte> path = stackalloc byte[MostPathBytes];
        path.Clear();
        folder.CopyTo(path);
        _ = Utf8Formatter.TryFormat(threadId, path[folder.Length..], out int digits);
        path[folder.Length + digits] = (byte)'/';
        name.CopyTo(path[(folder.Length + digits + 1)..]);
        fixed (byte* start = path)
        {
            long answer = RawSystemCall.Invoke(NumberOpenAt, CurrentDirectory, (long)start, CloseOnExec);
            return answer >= 0 ? new TaskFile((int)answer) : null;
        }
    }

    /// <summary>Reads its beginning as it is now.</summary>
    /// <param name="buffer">Where to.</param>
    /// <returns>What was read; nothing when the thread has ended.</returns>
    /// <exception cref="LinuxException">It cannot be read for another reason.</exception>
    public unsafe ReadOnlySpan<byte> Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_descriptor == None, this);
        fixed (byte* start = buffer)
        {
            long answer = RawSystemCall.Invoke(NumberPositionedRead, _descriptor, (long)start, buffer.Length);
            return answer >= 0 ? buffer[..(int)answer]
                : -answer == NoSuchProcess ? []
                : throw new LinuxException((int)-answer, "pread64", "a file of a thread");
        }
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        int descriptor = Interlocked.Exchange(ref _descriptor, None);
        if (descriptor != None)
        {
            // Nothing was written, so there is nothing that closing could lose.
            _ = RawSystemCall.Invoke(NumberClose, descriptor);
        }
    }
}
