using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Akka.IO;

/// <summary>
/// The network tells that a datagram did not arrive, as by ICMP. It is published on the event stream, and told to the handler with
/// <see cref="DatagramOptions.ReportErrors"/>; its sender is the socket, which goes on. Most datagrams that are lost are not told.
/// </summary>
/// <param name="Target">Where it should have gone, where that is known.</param>
/// <param name="Cause">What was told: connection refused when nobody listens, host or network unreachable.</param>
public sealed record DatagramNotDelivered(EndPoint? Target, FlexSocketException Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// A datagram was larger than the buffer for one and was dropped. It is published on the event stream, and told to the handler with
/// <see cref="DatagramOptions.ReportErrors"/>.
/// </summary>
/// <param name="Sender">Who sent it, where that is known.</param>
/// <param name="SentBytes">Its length; at least what the buffer holds, where the kernel does not tell.</param>
/// <param name="RoomBytes">Bytes of a datagram that the buffer holds; <c>flexsc.udp.max-datagram-bytes</c> raises it.</param>
public sealed record DatagramTruncated(EndPoint? Sender, long SentBytes, int RoomBytes) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// A datagram of a Unix socket brought descriptors along; told to handlers with <see cref="DatagramOptions.ReceiveDescriptors"/> in
/// place of <see cref="Udp.Received"/>. Whoever gets it disposes them; what nobody disposes is closed by the garbage collector.
/// </summary>
/// <param name="data">The bytes.</param>
/// <param name="sender">Who sent it; null for a sender without an address.</param>
/// <param name="descriptors">Open descriptors, closed on exec.</param>
public sealed class DescriptorsReceived(ByteString data, EndPoint? sender, IReadOnlyList<SafeFileHandle> descriptors) : Udp.Event
{
    /// <summary>The bytes.</summary>
    public ByteString Data => data;

    /// <summary>Who sent it.</summary>
    public EndPoint? Sender => sender;

    /// <summary>The descriptors.</summary>
    public IReadOnlyList<SafeFileHandle> Descriptors => descriptors;
}
