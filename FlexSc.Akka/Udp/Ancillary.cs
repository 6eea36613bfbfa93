using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Akka.IO;

/// <summary>What came along with a message.</summary>
/// <param name="SegmentBytes">Length of the datagrams that the kernel put together, UDP_GRO of udp(7); 0 for a single one.</param>
/// <param name="Descriptors">Descriptors that the sender passed, SCM_RIGHTS of unix(7); null for none.</param>
internal readonly record struct Ancillary(int SegmentBytes, IReadOnlyList<SafeFileHandle>? Descriptors)
{
    public const int LevelUdp = 17; // SOL_UDP
    public const int Coalesced = 104; // UDP_GRO

    public static Ancillary Read(in ReceivedMessage message, UdpSocketOptions options)
    {
        if (options.ControlBytes == 0 || message.Control.IsEmpty)
        {
            return default;
        }

        int segmentBytes = 0;
        List<SafeFileHandle>? descriptors = null;
        ControlMessages control = new(message.Control);
        while (control.MoveNext())
        {
            if (control.Level == LevelUdp && control.Type == Coalesced)
            {
                segmentBytes = MemoryMarshal.Read<int>(control.Data);
            }
            else if (PassedDescriptors.Are(control))
            {
                PassedDescriptors.Take(control, ref descriptors);
            }
        }

        return new Ancillary(segmentBytes, descriptors);
    }

    /// <summary>Nobody takes the descriptors.</summary>
    public void Close() => PassedDescriptors.Close(Descriptors);
}
