using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Storm;

/// <summary>
/// Many connect at once to a listener with a short backlog, which goes and comes: each is refused or connected, some are cancelled,
/// and whoever is connected is greeted with its own byte.
/// </summary>
internal sealed class ConnectStormProgram : IModelProgram
{
    private const int Port = 9;
    private const int MostClients = 40;
    private const long MostSteps = 2_000_000;
    private const int MostBacklog = 4;
    private const int PauseMs = 2;

    private int _greeted;
    private bool _stops;

    public string Name => "storm";

    public void Run(World world) => new ConnectStormProgram().RunOnce(world);

    private void RunOnce(World world)
    {
        SyscallLoopOptions options = new() { Pages = 2, BufferCount = 4, BufferBytes = 64, CompletionSlots = 64, SubmissionSlots = 16 };
        Party serving = world.Start("server", options);
        Party connecting = world.Start("clients", options);
        Task server = Task.CompletedTask;
        Task?[] clients = new Task?[1 + world.Random.Below(MostClients)];
        bool isStarted = false;
        serving.Post(loop =>
        {
            server = world.Observe(ServeAsync(world, loop));
            isStarted = true;
        });
        for (int i = 0; i < clients.Length; i++)
        {
            int which = i;
            connecting.Post(loop => clients[which] = world.Observe(ConnectAsync(world, loop)));
        }

        world.RunUntil(() => Array.TrueForAll(clients, client => client is { IsCompleted: true }), $"{clients.Length} clients are through", MostSteps);
        _stops = true;
        world.RunUntil(() => isStarted && server.IsCompleted, "the server has ended", MostSteps);
        world.Trace($"{_greeted} greetings to {clients.Length} clients");
        foreach (Party party in new[] { serving, connecting })
        {
            world.RunUntil(() => party.Loop.UsedEntries == 0, $"{party.Process.Name} has all its entries back", MostSteps);
            if (party.Process.OpenDescriptors > 0)
            {
                throw new SimulationFailure($"{party.Process.Name} has left {party.Process.OpenDescriptors} descriptors open");
            }

            party.Loop.RequestStop();
            world.RunUntil(() => party.Loop.HasEnded, $"the loop of {party.Process.Name} has ended", MostSteps);
        }
    }

    /// <summary>Listens for a while, accepts what comes, and listens anew.</summary>
    private async Task ServeAsync(World world, SyscallLoop loop)
    {
        NativeBytes greeting = new(1);
        greeting.Span[0] = (byte)'!';
        while (!_stops)
        {
            int listener = await Sockets.ListenAsync(loop, Port, world.Random.Below(MostBacklog));
            for (int left = 1 + world.Random.Below(MostClients); left > 0 && !_stops; left--)
            {
                long socket = await AcceptAsync(loop, listener);
                if (socket >= 0)
                {
                    long sent = await loop.SubmitAsync(SyscallNumber.SendTo, socket, greeting.Address, 1);
                    _greeted += sent == 1 ? 1 : 0;
                    Sockets.Require(
                        sent is 1 or -RareErrno.ConnectionReset or -RareErrno.BrokenPipe || Sockets.IsShortage(sent), "sendto", sent);
                    await Sockets.CloseAsync(loop, (int)socket);
                }
            }

            await Sockets.CloseAsync(loop, listener);
            await LoopDelay.Of(loop, PauseMs);
        }
    }

    /// <summary>Accepts one; gives up after a while, for nobody may come.</summary>
    private static async Task<long> AcceptAsync(SyscallLoop loop, int listener)
    {
        using CancellationTokenSource patience = new();
        ValueTask<long> accepting = loop.SubmitAsync(SyscallNumber.Accept4, listener, 0, 0, 0, 0, 0, patience.Token);
        _ = CancelLaterAsync(loop, patience);
        try
        {
            long result = await accepting;
            Sockets.Require(result >= 0 || Sockets.IsShortage(result), "accept4", result);
            return result;
        }
        catch (OperationCanceledException)
        {
            return -Errno.Canceled;
        }
    }

    private static async Task CancelLaterAsync(SyscallLoop loop, CancellationTokenSource patience)
    {
        await LoopDelay.Of(loop, PauseMs);
        try
        {
            patience.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was through before.
        }
    }

    private static async Task ConnectAsync(World world, SyscallLoop loop)
    {
        NativeBytes address = Sockets.Serialize(Port);
        NativeBytes greeting = new(1);
        while (true)
        {
            int socket = await Sockets.OpenAsync(loop);
            long result = await ConnectOnceAsync(world, loop, socket, address);
            if (result == 0)
            {
                result = await loop.SubmitAsync(SyscallNumber.RecvFrom, socket, greeting.Address, 1);
                Sockets.Require(result is 0 or 1 or -RareErrno.ConnectionReset, "recvfrom", result);
                Sockets.Require(result < 1 || greeting.Span[0] == '!', "the greeting", greeting.Span[0]);
            }
            else
            {
                Sockets.Require(result is -RareErrno.ConnectionRefused or -RareErrno.ConnectionReset or -Errno.Canceled, "connect", result);
            }

            await Sockets.CloseAsync(loop, socket);
            if (result == 1)
            {
                return;
            }

            await LoopDelay.Of(loop, world.Random.Below(PauseMs));
        }
    }

    private static async Task<long> ConnectOnceAsync(World world, SyscallLoop loop, int socket, NativeBytes address)
    {
        using CancellationTokenSource impatience = new();
        ValueTask<long> connecting = loop.SubmitAsync(SyscallNumber.Connect, socket, address.Address, address.Length, 0, 0, 0, impatience.Token);
        if (world.Random.Below(8) == 0)
        {
            impatience.Cancel();
        }

        try
        {
            return await connecting;
        }
        catch (OperationCanceledException)
        {
            return -Errno.Canceled;
        }
    }
}
