using FlexSc.Simulation.ActorEcho;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Proxy;

/// <summary>Clients that speak to a server through a proxy with back-pressure.</summary>
internal sealed class ProxyProgram : IModelProgram
{
    public const int Port = 8;
    private const int MostClients = 2;
    private const int MostConnections = 2;

    public string Name => "proxy";

    public void Run(World world)
    {
        EchoSetup server = new(world, ActorEchoProgram.Port);
        ProxySetup proxy = new(server, Port, ActorEchoProgram.Port);
        List<ClientProcess> clients = ClientProcess.StartSome(
            world, MostClients, MostConnections, (client, ended) => ActorEchoProgram.NewClient(server, client, Port, ended));
        ClientProcess.RunAll(world, clients, proxy.Process);
        proxy.Stop();
        server.Stop();
        ClientProcess.EndAll(clients, proxy.Process, server.Server);
    }
}
