using System.Text;
using Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Http;

/// <summary>Sends requests, several at a time and in pieces, and ends as clients do: by the last request, by its own end, or before the answers have come.</summary>
internal sealed class HttpClientActor : ClientActor
{
    private const int MostAtOnce = 12;
    private const int MostNumber = 300;

    private readonly ActorProcess _process;
    private readonly HttpResponses _responses;
    private readonly int _mostAtOnce;
    private readonly bool _serverEndsIt;
    private readonly bool _endsBeforeAnswers;
    private int _left;
    private bool _isEnding;

    public HttpClientActor(ActorProcess process, TcpUse use, int requests, int port, Action ended)
        : base(process, use, port, ended)
    {
        _process = process;
        _responses = new HttpResponses(process.Name);
        _left = requests;
        _mostAtOnce = 1 + World.Random.Below(MostAtOnce);
        _serverEndsIt = World.Random.Below(2) == 0;
        _endsBeforeAnswers = World.Random.Below(2) == 0;
    }

    protected override string Who => _process.Name;

    protected override void OnConnected() => AskOn();

    protected override void OnReceived(byte[] bytes)
    {
        _responses.Take(bytes);
        AskOn();
    }

    protected override void OnClosed(Tcp.ConnectionClosed closed)
    {
        bool isRight = _left == 0 && _responses.Count == 0
            && (_serverEndsIt ? closed is Tcp.PeerClosed && _responses.HasEnded : closed is Tcp.Closed or Tcp.ConfirmedClosed && _isEnding);
        if (!isRight && !MayFailEarly)
        {
            throw new SimulationFailure($"{Who}: {closed} with {_left} requests left and {_responses.Count} unanswered");
        }
    }

    private void AskOn()
    {
        StringBuilder text = new();
        while (_left > 0 && _responses.Count < _mostAtOnce)
        {
            HttpExchange exchange = --_left == 0 && _serverEndsIt
                ? HttpExchange.Last[World.Random.Below(HttpExchange.Last.Count)]
                : HttpExchange.Kept[World.Random.Below(HttpExchange.Kept.Count)](World.Random.Below(MostNumber));
            text.Append(exchange.Text);
            _responses.Await(exchange);
        }

        Write(Encoding.Latin1.GetBytes(text.ToString()));
        if (_left > 0 || _isEnding || _serverEndsIt)
        {
            return;
        }

        if (_endsBeforeAnswers)
        {
            _isEnding = true;
            Connection.Tell(Tcp.ConfirmedClose.Instance, Self);
        }
        else if (_responses.Count == 0)
        {
            _isEnding = true;
            Connection.Tell(Tcp.Close.Instance, Self);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int piece = World.Random.Below(2) == 0 ? bytes.Length : 1 + World.Random.Below(bytes.Length);
            Writer.Write(bytes[..piece]);
            bytes = bytes[piece..];
        }
    }
}
