using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Dns = Akka.IO.Dns;

namespace FlexSc.Akka.IO;

/// <summary>Datagrams of one socket that wait for the address of a name; each name is asked for once at a time. On the loop's thread.</summary>
internal sealed class NameResolution(UdpSocket socket)
{
    private readonly Dictionary<string, List<UnsentDatagram>> _waiting = [];

    /// <summary>Datagrams that wait.</summary>
    public int Waiting { get; private set; }

    public void Add(DnsEndPoint name, in UnsentDatagram datagram)
    {
        Waiting++;
        if (_waiting.TryGetValue(name.Host, out List<UnsentDatagram>? same))
        {
            same.Add(datagram);
            return;
        }

        _waiting.Add(name.Host, [datagram]);
        _ = AskAsync(name.Host);
    }

    /// <summary>The datagrams of a name: each with an address, or with why it has none.</summary>
    public IEnumerable<(UnsentDatagram Datagram, EndPoint? Target, Exception? Failure)> Take(NameResolved resolved)
    {
        if (!_waiting.Remove(resolved.Name, out List<UnsentDatagram>? datagrams))
        {
            return [];
        }

        Waiting -= datagrams.Count;
        return datagrams.Select(datagram =>
        {
            EndPoint? target = resolved.Answer is { IsSuccess: true } answer ? Choose(answer, (DnsEndPoint)datagram.Target!, socket.Family) : null;
            Exception? failure = target is null ? UnresolvedNames.Of(resolved.Name, resolved.Failure ?? resolved.Answer?.Exception) : null;
            return (datagram, target, failure);
        }).ToArray();
    }

    public IReadOnlyList<UnsentDatagram> TakeAll()
    {
        UnsentDatagram[] all = [.. _waiting.Values.SelectMany(datagrams => datagrams)];
        _waiting.Clear();
        Waiting = 0;
        return all;
    }

    /// <summary>The address of a name that a socket of a family reaches; one of IPv4 first, which more peers have.</summary>
    public static EndPoint? Choose(Dns.Resolved answer, DnsEndPoint name, AddressFamily family)
    {
        IPAddress? address = name.AddressFamily == AddressFamily.InterNetworkV6 || family == AddressFamily.InterNetworkV6
            ? answer.Ipv6.FirstOrDefault() : null;
        address ??= name.AddressFamily == AddressFamily.InterNetworkV6 ? null : answer.Ipv4.FirstOrDefault();
        address ??= family == AddressFamily.InterNetwork || name.AddressFamily == AddressFamily.InterNetwork ? null : answer.Ipv6.FirstOrDefault();
        return address is null ? null : new IPEndPoint(address, name.Port);
    }

    /// <summary>Asks Akka.IO's resolver. From any thread.</summary>
    /// <exception cref="AskTimeoutException">There was no answer in time.</exception>
    public static Task<Dns.Resolved> ResolveAsync(ActorSystem system, string host, int timeoutMs) =>
        Dns.Cached(host, system) is { } cached
            ? Task.FromResult(cached)
            : Dns.Instance.Apply(system).Manager.Ask<Dns.Resolved>(new Dns.Resolve(host), TimeSpan.FromMilliseconds(timeoutMs));

    private async Task AskAsync(string host)
    {
        NameResolved resolved;
        try
        {
            resolved = new NameResolved(
                host, await ResolveAsync(socket.ActorLoop.Group.System, host, socket.Settings.ResolveTimeoutMs).ConfigureAwait(false), null);
        }
        catch (Exception exception)
        {
            resolved = new NameResolved(host, null, exception);
        }

        socket.Tell(resolved, ActorRefs.NoSender);
    }
}

/// <summary>The answer to a name, or why there is none.</summary>
internal sealed record NameResolved(string Name, Dns.Resolved? Answer, Exception? Failure) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
