using System.Net;
using DotNetty.Transport.Bootstrapping;
using DotNetty.Transport.Channels;
using DotNetty.Transport.Channels.Sockets;
using FlexSc.Peers;
using FlexSc.Peers.DotNetty;

HelloCounters counters = new();
MultithreadEventLoopGroup acceptor = new(1);
MultithreadEventLoopGroup workers = new(1);
ServerBootstrap bootstrap = new();
bootstrap.Group(acceptor, workers)
    .Channel<TcpServerSocketChannel>()
    .Option(ChannelOption.SoBacklog, 1024)
    .ChildOption(ChannelOption.TcpNodelay, true)
    .ChildHandler(new ActionChannelInitializer<ISocketChannel>(channel => channel.Pipeline.AddLast(new HelloHandler(counters))));
IChannel listener = await bootstrap.BindAsync(IPAddress.Loopback, PeerHost.Port(args)).ConfigureAwait(false);
IPEndPoint address = (IPEndPoint)listener.LocalAddress;
PeerHost.RunUntilTold(
    $"DotNetty {typeof(IChannel).Assembly.GetName().Version}, one event loop",
    new IPEndPoint(address.Address.MapToIPv4(), address.Port),
    () => counters.Counts);
Environment.Exit(0);
