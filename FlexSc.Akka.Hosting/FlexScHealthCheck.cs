using System.Collections.Concurrent;
using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FlexSc.Akka.Hosting;

/// <summary>
/// How FlexSC is. Unhealthy (or what the registration says): a loop does not answer within <see cref="AnswerLimit"/>, because a handler
/// blocks it, or is given up (<c>flexsc.loops.give-up-ms</c>), or no loop is left. Degraded: an error has ended a loop and others go on; connections were refused since the last look, because
/// the syscall entries were used up; the backend is a fallback, with its reason; the machine is none of FlexSC's. Healthy otherwise, and
/// where it is switched off.
/// </summary>
public sealed class FlexScHealthCheck : IAkkaHealthCheck
{
    private const string EndedMark = "was ended by an error";

    private readonly ConcurrentDictionary<int, long> _refused = new();

    /// <summary>How long a loop may take to answer; one that has nothing to do takes microseconds.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(AkkaHealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        return CheckAsync(context.ActorSystem, context.Registration.FailureStatus, cancellationToken);
    }

    internal async Task<HealthCheckResult> CheckAsync(ActorSystem system, HealthStatus failure, CancellationToken cancellationToken)
    {
        if (system.WhenTerminated.IsCompleted)
        {
            return new HealthCheckResult(failure, $"the actor system '{system.Name}' has terminated");
        }

        FlexTcpExt tcp;
        IReadOnlyList<LoopFigures> figures;
        try
        {
            tcp = FlexTcp.For(system);
            figures = tcp.Figures;
        }
        catch (Exception exception) when (exception is LinuxException or BackendUnavailableException or InvalidOperationException)
        {
            return new HealthCheckResult(failure, exception.Message, exception);
        }

        if (!tcp.IsRunning)
        {
            return Stock(system, tcp.NotRunningReason!);
        }

        // One that is given up is not asked: it would keep every question until it goes on, if ever.
        Dictionary<int, LoopGivenUp> givenUp = FlexLoops.GivenUp(system).ToDictionary(static loop => loop.Loop);
        string?[] answers = await Task.WhenAll(figures.Select(loop => givenUp.TryGetValue(loop.Index, out LoopGivenUp? missing)
            ? Task.FromResult<string?>(Describe(missing))
            : AskAsync(system, loop.Index, cancellationToken))).ConfigureAwait(false);
        bool isBlocked = answers.Any(static answer => answer is not null && !answer.EndsWith(EndedMark, StringComparison.Ordinal));
        bool isDead = answers.All(static answer => answer is not null);
        List<string> findings = [.. ((string?[])[.. answers, .. figures.Select(Refusals), FallbackOf(tcp.Backend)]).OfType<string>()];
        HealthStatus status = isBlocked || isDead ? failure : findings.Count > 0 ? HealthStatus.Degraded : HealthStatus.Healthy;
        return new HealthCheckResult(status, Describe(figures, findings), data: new Dictionary<string, object>
        {
            ["backend"] = figures[0].Backend,
            ["loops"] = figures.Count,
            ["connections"] = figures.Sum(static loop => loop.Connections),
            ["refused-connections"] = figures.Sum(static loop => loop.RefusedConnections),
        });
    }

    /// <summary>Why the backend is not the one it could be; null where nothing better was to be had, or none was asked for.</summary>
    internal static string? FallbackOf(BackendChoice choice) => choice is { Requested: SyscallBackendKind.Auto, Chosen: SyscallBackendKind.SyscallThreads }
        ? $"the backend is a fallback, {SyscallBackendKinds.Format(choice.Chosen)}: {string.Join("; ", [choice.Reason, .. choice.Remedies])}"
        : null;

    private static HealthCheckResult Stock(ActorSystem system, string reason)
    {
        bool isWanted = system.Settings.Config.GetString("flexsc.enabled", "on") is "off" or "false";
        return new HealthCheckResult(isWanted ? HealthStatus.Healthy : HealthStatus.Degraded, $"{reason}: Akka.NET's own sockets serve");
    }

    private static string Describe(IReadOnlyList<LoopFigures> figures, List<string> findings) => findings.Count > 0
        ? string.Join("; ", findings)
        : string.Create(CultureInfo.InvariantCulture, $"{figures.Count} loops on {figures[0].Backend} answer");

    private static string Describe(LoopGivenUp loop) => string.Create(
        CultureInfo.InvariantCulture,
        $"loop {loop.Loop} is given up: {loop.Running}, {loop.Reason}, holds it up since {loop.Since:u}; its connections wait, and new ones go to other loops");

    /// <summary>Null where the loop answers, else what is the matter.</summary>
    private async Task<string?> AskAsync(ActorSystem system, int index, CancellationToken cancellationToken)
    {
        try
        {
            await FlexLoops.RunAsync(system, index, static (SyscallLoop loop) => Task.FromResult(loop.Turns))
                .WaitAsync(AnswerLimit, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"loop {index} has not answered for {AnswerLimit.TotalMilliseconds:0} ms: a handler blocks it, which the warning of flexsc.loops.stall-warning-ms names");
        }
        catch (LoopGivenUpException missing)
        {
            // It was, while it was asked.
            return Describe(missing.GivenUp);
        }
        catch (InvalidOperationException)
        {
            return $"loop {index} {EndedMark}";
        }
    }

    private string? Refusals(LoopFigures loop)
    {
        long before = 0;
        _refused.AddOrUpdate(loop.Index, loop.RefusedConnections, (_, last) =>
        {
            before = last;
            return loop.RefusedConnections;
        });
        return loop.RefusedConnections > before
            ? $"loop {loop.Index} has refused {loop.RefusedConnections - before} connections since the last look, for its syscall entries were used up: raise flexsc.loops.pages or flexsc.loops.count"
            : null;
    }
}

/// <summary>The same among the checks of a program, whose one actor system it looks at.</summary>
internal sealed class ProgramHealthCheck(FlexScHealthCheck check, IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        check.CheckAsync(services.GetRequiredService<ActorSystem>(), context.Registration.FailureStatus, cancellationToken);
}
