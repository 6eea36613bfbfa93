using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.ActorEcho;
using FlexSc.Simulation.ActorFiles;
using FlexSc.Simulation.ActorMoves;
using FlexSc.Simulation.ActorPlans;
using FlexSc.Simulation.ActorStorm;
using FlexSc.Simulation.ActorTls;
using FlexSc.Simulation.ActorUdp;
using FlexSc.Simulation.ActorUnix;
using FlexSc.Simulation.Echo;
using FlexSc.Simulation.Http;
using FlexSc.Simulation.Kv;
using FlexSc.Simulation.Proxy;
using FlexSc.Simulation.Storm;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Runs;

/// <summary>What a run came to.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Program">The program that ran.</param>
/// <param name="Steps">Steps of its loops and of its kernel.</param>
/// <param name="Fault">What was wrong; null when nothing was.</param>
internal sealed record SimulationResult(ulong Seed, string Program, long Steps, string? Fault);

/// <summary>One run: the seed decides on the program, on the profile of its world, and on all that happens in it.</summary>
internal static class SimulationRun
{
    private static readonly IModelProgram[] Programs =
    [
        new EchoProgram(), new ConnectStormProgram(), new ActorEchoProgram(), new KvProgram(), new HttpProgram(),
        new ProxyProgram(), new ActorStormProgram(), new ActorFilesProgram(),
        new ActorUdpProgram(), new ActorUnixProgram(), new ActorTlsProgram(), new ActorMovesProgram(), new ActorTlsMovesProgram(),
        new ActorPlansProgram(),
    ];

    public static IEnumerable<string> ProgramNames => Programs.Select(program => program.Name);

    /// <param name="seed">The seed.</param>
    /// <param name="programName">The program; null leaves it to the seed.</param>
    /// <param name="trace">Takes a line for each step; null for none.</param>
    public static SimulationResult Execute(ulong seed, string? programName = null, Action<string>? trace = null)
    {
        SimulatedRandom choice = new(seed ^ 0x5EED);
        SimulationProfile profile = ChooseProfile(choice);
        IModelProgram program = programName is null
            ? Programs[choice.Below(Programs.Length)]
            : Array.Find(Programs, candidate => candidate.Name == programName) ?? throw new ArgumentException($"no program '{programName}'", nameof(programName));

        // Continuations go on where they are completed: on the loop that is stepped.
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        using World world = new(seed, profile, trace);
        try
        {
            program.Run(world);
            return new SimulationResult(seed, program.Name, world.Steps, null);
        }
        catch (SimulationFailure failure)
        {
            trace?.Invoke($"failure: {failure}");
            return new SimulationResult(seed, program.Name, world.Steps, failure.Message);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private static SimulationProfile ChooseProfile(SimulatedRandom choice)
    {
        SimulationProfile profile = choice.Below(4) switch
        {
            0 => SimulationProfile.Calm,
            1 => SimulationProfile.Hostile,
            _ => SimulationProfile.Rough,
        };
        return profile with
        {
            SocketBufferBytes = 256 << choice.Below(10),
            MostSegmentBytes = 16 << choice.Below(10),
            HandedOverPerMillion = choice.Below(3) switch { 0 => 0, 1 => 100_000, _ => 1_000_000 },
        };
    }
}
