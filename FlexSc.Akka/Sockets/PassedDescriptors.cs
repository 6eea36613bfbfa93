using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Akka.IO;

/// <summary>Descriptors that came with a message of a Unix socket; SCM_RIGHTS of unix(7).</summary>
internal static class PassedDescriptors
{
    /// <summary>Of one message; SCM_MAX_FD of unix(7).</summary>
    public const int Most = 253;

    public const int LevelSocket = 1; // SOL_SOCKET
    public const int Rights = 1; // SCM_RIGHTS

    /// <summary>Room for so many in a message's ancillary data.</summary>
    public static int ControlBytesOf(int descriptors) => ControlMessages.SpaceOf(descriptors * sizeof(int));

    /// <summary>Whether a piece of ancillary data has descriptors.</summary>
    public static bool Are(in ControlMessages control) => control.Level == LevelSocket && control.Type == Rights;

    /// <summary>Takes those of a piece that has some, each as an owner's that closes it; one of a simulation is not the system's to close.</summary>
    public static void Take(in ControlMessages control, ref List<SafeFileHandle>? descriptors)
    {
        foreach (int descriptor in MemoryMarshal.Cast<byte, int>(control.Data))
        {
            (descriptors ??= []).Add(new SafeFileHandle(descriptor, ownsHandle: !LoopEnvironment.Ambient.IsStepped));
        }
    }

    /// <summary>Nobody takes them.</summary>
    public static void Close(IReadOnlyList<SafeFileHandle>? descriptors)
    {
        foreach (SafeFileHandle descriptor in descriptors ?? [])
        {
            if (LoopEnvironment.Ambient.IsStepped)
            {
                ImmediateCalls.CloseWithoutLoop((int)descriptor.DangerousGetHandle(), reset: false);
            }

            descriptor.Dispose();
        }
    }
}

/// <summary>Descriptors that are to be passed on, held so that the number of none is another file's before the kernel has taken it.</summary>
internal sealed class HeldDescriptors : IDisposable
{
    private readonly List<SafeHandle> _held = [];
    private readonly int[] _numbers;

    /// <exception cref="ObjectDisposedException">One is closed.</exception>
    public HeldDescriptors(IReadOnlyList<SafeHandle> descriptors)
    {
        _numbers = new int[descriptors.Count];
        try
        {
            for (int i = 0; i < _numbers.Length; i++)
            {
                bool isHeld = false;
                descriptors[i].DangerousAddRef(ref isHeld);
                _held.Add(descriptors[i]);
                _numbers[i] = (int)descriptors[i].DangerousGetHandle();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Count => _numbers.Length;

    public int ControlBytes => PassedDescriptors.ControlBytesOf(Count);

    /// <summary>Writes them as a message's ancillary data.</summary>
    public void WriteTo(Span<byte> control) =>
        ControlMessages.Write(control, PassedDescriptors.LevelSocket, PassedDescriptors.Rights, MemoryMarshal.AsBytes(_numbers.AsSpan()));

    /// <summary>The kernel has them, or nobody wants them any more.</summary>
    public void Dispose()
    {
        _held.ForEach(static descriptor => descriptor.DangerousRelease());
        _held.Clear();
    }
}
