using System.Globalization;
using System.Text;
using Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Kv;

/// <summary>Asks a store for things, several at a time, and notes what it is answered.</summary>
internal sealed class KvClientActor : ClientActor
{
    private const int MostAtOnce = 12;
    private const int MostValueBytes = 400;

    private readonly ActorProcess _process;
    private readonly KvHistory _history;
    private readonly List<KvOperation> _operations;
    private readonly KvReplies _replies;
    private readonly int _mostAtOnce;
    private int _left;
    private bool _isEnding;
    private ulong _lastUnique;

    public KvClientActor(ActorProcess process, TcpUse use, KvHistory history, int commands, int port, Action ended)
        : base(process, use, port, ended)
    {
        _process = process;
        _history = history;
        _operations = history.AddConnection();
        _replies = new KvReplies(history, process.Name);
        _left = commands;
        _mostAtOnce = 1 + World.Random.Below(MostAtOnce);
    }

    protected override string Who => _process.Name;

    private SimulatedRandom Random => World.Random;

    protected override void OnConnected() => AskOn();

    protected override void OnReceived(byte[] bytes)
    {
        _replies.Take(bytes);
        AskOn();
    }

    protected override void OnClosed(Tcp.ConnectionClosed closed)
    {
        bool isRight = _isEnding && closed is Tcp.Closed or Tcp.PeerClosed;
        if (!isRight && !MayFailEarly)
        {
            throw new SimulationFailure($"{Who}: {closed} with {_left} commands left and {_replies.Count} unanswered");
        }
    }

    private void AskOn()
    {
        StringBuilder text = new();
        while (_left > 0 && _replies.Count < _mostAtOnce)
        {
            _left--;
            Ask(text, isLast: _left == 0);
        }

        if (_left == 0 && _replies.Count == 0 && !_isEnding)
        {
            _isEnding = true;
            if (Random.Below(2) == 0)
            {
                Connection.Tell(Tcp.Close.Instance, Self);
            }
            else
            {
                text.Append("quit\r\n");
            }
        }

        if (text.Length > 0)
        {
            Writer.Write(Encoding.Latin1.GetBytes(text.ToString()));
        }
    }

    private void Ask(StringBuilder text, bool isLast)
    {
        KvKind kind = (KvKind)Random.Below(Enum.GetValues<KvKind>().Length);
        if (isLast || kind is KvKind.Get or KvKind.Gets)
        {
            AskForValues(text, kind == KvKind.Gets ? kind : KvKind.Get);
            return;
        }

        string value = kind == KvKind.Increment || Random.Below(3) == 0
            ? Random.Below(1_000).ToString(CultureInfo.InvariantCulture)
            : new string((char)('a' + Random.Below(26)), Random.Below(MostValueBytes));
        KvOperation operation = new(kind, NextKey(), value, (uint)Random.Below(100), SeenUnique(), _history.Next());
        bool isAnswered = Random.Below(6) > 0;
        string end = isAnswered ? "\r\n" : " noreply\r\n";
        text.Append(kind switch
        {
            KvKind.Delete => $"delete {operation.Key}{end}",
            KvKind.Increment => $"incr {operation.Key} {value}{end}",
            KvKind.Touch => $"touch {operation.Key} 0{end}",
            KvKind.Cas => $"cas {operation.Key} {operation.Flags} 0 {value.Length} {operation.Unique}{end}{value}\r\n",
            KvKind.SetExpired => $"set {operation.Key} {operation.Flags} -1 {value.Length}{end}{value}\r\n",
            _ => $"{kind.ToString().ToLowerInvariant()} {operation.Key} {operation.Flags} 0 {value.Length}{end}{value}\r\n",
        });
        Note([operation], isAnswered);
    }

    private void AskForValues(StringBuilder text, KvKind kind)
    {
        string[] keys = [.. Enumerable.Range(0, 1 + Random.Below(3)).Select(_ => NextKey()).Distinct()];
        text.Append(kind == KvKind.Gets ? "gets " : "get ").AppendJoin(' ', keys).Append("\r\n");
        Note([.. keys.Select(key => new KvOperation(kind, key, "", 0, 0, _history.Next()))], isAnswered: true);
    }

    private void Note(IReadOnlyList<KvOperation> operations, bool isAnswered)
    {
        _operations.AddRange(operations);
        _replies.Await(operations, isAnswered);
    }

    private string NextKey() => $"key{Random.Below(4)}";

    private ulong SeenUnique()
    {
        if (_operations.FindLast(static operation => operation is { Kind: KvKind.Gets, Found: not null }) is { Found.Unique: var unique })
        {
            _lastUnique = unique;
        }

        return Random.Below(8) == 0 ? 1 : Math.Max(1, _lastUnique);
    }
}
