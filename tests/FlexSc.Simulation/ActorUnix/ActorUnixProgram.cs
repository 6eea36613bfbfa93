using System.Net.Sockets;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Simulation.ActorEcho;
using FlexSc.Simulation.Proxy;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUnix;

/// <summary>Programs of TCP over Unix sockets, with paths or abstract names; some paths were left behind by a process that ended.</summary>
internal sealed class ActorUnixProgram : IModelProgram
{
    private const int FamilyUnix = 1;
    private static readonly int[] Ports = [ActorEchoProgram.Port, ProxyProgram.Port, DescriptorsProgram.Port];

    public string Name => "actor-unix";

    public void Run(World world)
    {
        bool isAbstract = world.Random.Below(3) == 0;
        world.EndPointOf = port => new UnixDomainSocketEndPoint(isAbstract ? $"\0{PathOf(port)}" : PathOf(port));
        if (!isAbstract && world.Random.Below(2) == 0)
        {
            LeaveBehind(world);
        }

        IModelProgram program = world.Random.Below(3) switch
        {
            0 => new ActorEchoProgram(),
            1 when DescriptorsProgram.Suits(world) => new DescriptorsProgram(),
            _ => new ProxyProgram(),
        };
        program.Run(world);
        foreach (int port in program switch
        {
            ActorEchoProgram => [ActorEchoProgram.Port],
            DescriptorsProgram => [DescriptorsProgram.Port],
            _ => (int[])[ActorEchoProgram.Port, ProxyProgram.Port],
        })
        {
            if (world.Kernel.Files.Find(world.Kernel.Files.Root, PathOf(port), out _) != -Errno.NoEntry)
            {
                throw new SimulationFailure($"{PathOf(port)} is left of a listener that has ended");
            }
        }
    }

    private static string PathOf(int port) => $"/stream-{port}";

    /// <summary>Paths of sockets that nobody has any more.</summary>
    private static void LeaveBehind(World world)
    {
        SimulatedProcess gone = world.Kernel.StartProcess("gone");
        foreach (int port in Ports)
        {
            StreamSocket left = new(world.Kernel, gone, FamilyUnix);
            left.AddReference();
            Sockets.Expect(0, left.Bind(SimulatedAddress.OfPath(PathOf(port))), "bind");
            left.Release();
        }
    }
}
