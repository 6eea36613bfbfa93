using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.Shared;
using FlexSc.Interop.Calls;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Serves requests of its own, on a port of its own, before the service listens: all that a request needs is there then.</summary>
internal static class HttpWarmUp
{
    private const int TimeoutMs = 10_000;

    private static readonly string[] Requests =
    [
        "GET /plaintext", "HEAD /plaintext", "GET /json", "OPTIONS *", "GET /", "GET /no%20file", "DELETE /json",
    ];

    /// <param name="context">What the connections get; not what the service's own counters count.</param>
    /// <param name="system">The service's.</param>
    /// <returns>What of it was hot; null where that was not asked for.</returns>
    /// <exception cref="IOException">The service does not answer.</exception>
    public static async Task<HotWarmUp?> RunAsync(ConnectionContext context, ActorSystem system)
    {
        ServiceWarmUp.TouchRuntime();
        TouchFiles();

        bool overTls = context.Options.Tls is not null;
        bool isIPv6 = context.Options.Host.AddressFamily == AddressFamily.InterNetworkV6;
        IPEndPoint own = new(isIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0);
        TaskCompletionSource<IPEndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef listener = system.ActorOf(context.Io.Sockets.Place(Props.Create(() => new HttpListenerActor(context, own, bound))), "warm-up");
        IPEndPoint endPoint = await bound.Task.ConfigureAwait(false);
        await ServiceWarmUp.ExchangeAsync(endPoint, Encoding.Latin1.GetBytes(RequestsFor(context.Options.Root)), TimeoutMs, overTls).ConfigureAwait(false);
        await ServiceWarmUp.ExchangeAsync(endPoint, "malformed\r\n\r\n"u8.ToArray(), TimeoutMs, overTls).ConfigureAwait(false);
        HotWarmUp? hot = context.Options.WarmUpMs == 0 ? null : await HotWarmUp.RunAsync(
            endPoint, "GET /plaintext HTTP/1.1\r\nHost: own\r\n\r\n"u8.ToArray(), "Hello, World!"u8.ToArray(), context.Options.WarmUpMs, overTls)
            .ConfigureAwait(false);
        await context.Counters.Connections.WhenAsync(static count => count == 0).WaitAsync(TimeSpan.FromMilliseconds(TimeoutMs)).ConfigureAwait(false);

        TaskCompletionSource unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.Tell(new StopListening(unbound), ActorRefs.NoSender);
        await unbound.Task.WaitAsync(TimeSpan.FromMilliseconds(TimeoutMs)).ConfigureAwait(false);
        system.Stop(listener);
        return hot;
    }

    private static string RequestsFor(string? root)
    {
        StringBuilder text = new();
        foreach (string request in Requests)
        {
            text.Append(request).Append(" HTTP/1.1\r\nHost: own\r\n\r\n");
        }

        // A byte of any file is enough to have gone the way of one.
        string? file = root is null ? null : Directory.EnumerateFiles(root).FirstOrDefault();
        if (file is not null)
        {
            text.Append("GET /").Append(Uri.EscapeDataString(Path.GetFileName(file))).Append(" HTTP/1.1\r\nHost: own\r\nRange: bytes=0-0\r\nIf-None-Match: \"own\"\r\n\r\n");
        }

        text.Append("POST /json HTTP/1.1\r\nHost: own\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        return text.Append("GET /plaintext HTTP/1.1\r\nHost: own\r\nConnection: close\r\n\r\n").ToString();
    }

    private static void TouchFiles()
    {
        FileMetadata file = new(0, 0, 0, default, default, FileKind.RegularFile);
        using FileCache cache = new(maxBytes: 10_000, maxAgeMs: 1);
        cache.Add(file.EntityTag, file, [], Environment.TickCount64);
        cache.TryGet(file.EntityTag, out _);
    }
}
