using Akka;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>TCP's part in CoordinatedShutdown, where <c>flexsc.tcp.drain-ms</c> asks for it.</summary>
internal static class TcpShutdown
{
    public static void Register(ExtendedActorSystem system, FlexTcpExt extension)
    {
        if (extension.Settings.DrainMs == 0)
        {
            return;
        }

        CoordinatedShutdown shutdown = CoordinatedShutdown.Get(system);
        ILoggingAdapter log = Logging.GetLogger(system, typeof(TcpShutdown));
        TimeSpan timeLimit = TimeSpan.FromMilliseconds(extension.Settings.DrainMs);
        TimeSpan phase = shutdown.Timeout(CoordinatedShutdown.PhaseServiceRequestsDone);
        if (timeLimit >= phase)
        {
            log.Warning(
                "flexsc.tcp.drain-ms is {0}, but the phase service-requests-done ends after {1}: raise akka.coordinated-shutdown.phases.service-requests-done.timeout",
                extension.Settings.DrainMs, phase);
        }

        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "flexsc-tcp-unbind", () => extension.Manager.Ask<Done>(TcpDrain.StopAccepting.Instance));
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "flexsc-tcp-drain", async () =>
        {
            TcpDrained drained = await extension.DrainAsync(timeLimit).ConfigureAwait(false);
            log.Info(
                "TCP drained: {0} connections were open, {1} were ended after {2}, {3} are left to be reset", drained.Open, drained.Ended, timeLimit, drained.Left);
            return Done.Instance;
        });
    }
}
