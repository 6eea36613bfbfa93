using System.Globalization;
using System.Net;
using FlexSc.Peers;
using Garnet;

// Everything by default but the address and the memory. Its counters of commands are sampled once a second, too coarse for a
// window, so that the generator's count is taken.
int port = PeerHost.Port(args);
using GarnetServer server = new(
[
    "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--memory", "256m", "--index", "16m", "--logger-level", "Error",
]);
server.Start();
PeerHost.RunUntilTold($"Garnet {typeof(GarnetServer).Assembly.GetName().Version}", new IPEndPoint(IPAddress.Loopback, port), null);
