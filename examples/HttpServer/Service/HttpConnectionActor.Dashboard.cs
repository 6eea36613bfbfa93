using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Hosting;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>An event for a viewer of the dashboard.</summary>
internal sealed record DashboardEvent(ReadOnlyMemory<byte> Bytes) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <content>The dashboard: pages that are answered at once, and the stream of events, which lasts as long as the connection.</content>
internal sealed partial class HttpConnectionActor
{
    private IDisposable? _watch;

    private void AnswerPages()
    {
        while (_engine.Status == EngineStatus.AwaitingPage && _watch is null)
        {
            PageRequest request = _engine.PendingPage!;
            DashboardAnswer answer = _context.Dashboard!.Answer(new DashboardRequest(request.Method, request.Path, request.Query)
            {
                Host = request.Host,
                Authorization = request.Authorization,
                Cookie = request.Cookie,
                IsSecure = _context.Options.Tls is not null,
            });
            if (answer.IsEventStream && !request.HeadOnly)
            {
                // Told on another thread.
                IActorRef self = Self;
                _watch = _context.Dashboard.TryWatch(bytes => self.Tell(new DashboardEvent(bytes), ActorRefs.NoSender));
                answer = _watch is null ? DashboardSite.TooManyViewers : answer;
            }

            PageResponseWriter.Write(_output, request, answer);
            if (_watch is null)
            {
                _engine.FinishPending(mayContinue: !answer.IsEventStream);
                _engine.Resume(_output, OutputBudgetBytes);
                StartTransfer();
            }
        }
    }

    private void OnDashboardEvent(DashboardEvent told)
    {
        // Each is whole: what a slow viewer cannot take is left out.
        if (_watch is not null && !_closing && OutputBudgetBytes > told.Bytes.Length)
        {
            ResponseWriter.Copy(_output, told.Bytes.Span);
            Settle();
        }
    }

    private void EndWatch()
    {
        if (_watch is not null)
        {
            _watch.Dispose();
            _watch = null;
            _engine.FinishPending(mayContinue: false);
        }
    }
}
