using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Akka.IO;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FlexSc.Akka.Tests.Hosting;

/// <summary>A generic host with an actor system, as a service is made, and the echo that both kinds of sockets serve.</summary>
internal sealed class FlexScHost : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly IHost _host;

    private FlexScHost(IHost host)
    {
        _host = host;
    }

    public ActorSystem System => _host.Services.GetRequiredService<ActorSystem>();

    public IServiceProvider Services => _host.Services;

    /// <summary>Starts a host.</summary>
    /// <param name="settings">As appsettings.json has them, by path.</param>
    /// <param name="configure">The actor system.</param>
    /// <param name="services">What else the program has.</param>
    public static async Task<FlexScHost> StartAsync(
        Dictionary<string, string?> settings, Action<AkkaConfigurationBuilder, IConfiguration> configure, Action<IServiceCollection>? services = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings);
        services?.Invoke(builder.Services);
        builder.Services.AddAkka("hosted", akka => configure(akka, builder.Configuration));
        IHost host = builder.Build();
        try
        {
            await host.StartAsync().WaitAsync(Deadline);
            return new FlexScHost(host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Has an actor listen by <c>system.Tcp()</c> and echo, and tries it.</summary>
    /// <returns>Path of the listener, which tells who serves.</returns>
    public async Task<string> EchoAsync()
    {
        TaskCompletionSource<(EndPoint Address, ActorPath Listener)> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        System.ActorOf(Props.Create(() => new Echo(bound)));
        (EndPoint address, ActorPath listener) = await bound.Task.WaitAsync(Deadline);
        using Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(address);
        await peer.SendAsync("hello"u8.ToArray());
        byte[] answer = new byte[5];
        int count = await peer.ReceiveAsync(answer).WaitAsync(Deadline);
        Xunit.Assert.Equal("hello", Encoding.ASCII.GetString(answer, 0, count));
        return listener.ToStringWithoutAddress();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().WaitAsync(Deadline);
        _host.Dispose();
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo(TaskCompletionSource<(EndPoint, ActorPath)> bound)
        {
            Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<Tcp.Bound>(message => bound.SetResult((message.LocalAddress, Sender.Path)));
            Receive<Tcp.CommandFailed>(message => bound.SetException(new IOException(message.CauseString)));
            Receive<Tcp.Connected>(_ => Sender.Tell(new Tcp.Register(Self)));
            Receive<Tcp.Received>(message => Sender.Tell(Tcp.Write.Create(message.Data)));
        }
    }
}
