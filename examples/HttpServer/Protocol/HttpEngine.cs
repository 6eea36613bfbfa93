using System.Buffers;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Protocol;

internal enum EngineStatus
{
    /// <summary>Wants input.</summary>
    Reading,

    /// <summary>Waits for <see cref="HttpEngine.PendingFile"/> to be sent.</summary>
    AwaitingFile,

    /// <summary>Waits for <see cref="HttpEngine.PendingPage"/> to be answered.</summary>
    AwaitingPage,

    /// <summary>Waits for output to drain.</summary>
    AwaitingDrain,

    /// <summary>Everything was answered: close once the output is sent.</summary>
    Close,

    /// <summary>As <see cref="Close"/>, with input left unread: half-close first, or the answer is lost to a reset.</summary>
    CloseLingering,
}

/// <summary>What an engine answers for.</summary>
[Flags]
internal enum HttpResources
{
    None = 0,

    /// <summary><c>/plaintext</c> and <c>/json</c>.</summary>
    Samples = 1,

    /// <summary>Any other path, as the name of a file.</summary>
    Files = 2,

    /// <summary><c>/flexsc</c> and what is below it, whose answers are somebody else's.</summary>
    Pages = 4,
}

internal enum RequestPhase
{
    Idle,
    Head,
    Body,
    Response,
}

/// <summary>
/// The server side of one HTTP/1.1 connection without its I/O: bytes in, bytes out, files asked for by name.
/// Not thread-safe; allocates nothing for requests that arrive whole and name no file.
/// </summary>
internal sealed partial class HttpEngine(HttpLimits limits, HttpResources resources)
{
    private enum BodyKind
    {
        None,
        Length,
        Chunked,
    }

    private enum Resource
    {
        Plaintext,
        Json,
        File,
        Page,
        Status,
    }

    private CarryBuffer _carry = new(limits.PendingInputBytes);
    private ChunkedBodyReader _chunked;
    private BodyKind _bodyKind;
    private long _bodyBytesLeft;
    private Answer _answer;
    private bool _closeAfterResponse;
    private bool _carryHoldsPartialHead;
    private int _emptyLineBytes;
    private long _writtenBytes;

    public EngineStatus Status { get; private set; }

    public FileRequest? PendingFile { get; private set; }

    public PageRequest? PendingPage { get; private set; }

    public bool InputOverflowed { get; private set; }

    /// <summary>Requests whose head was taken up so far, refused ones included.</summary>
    public long RequestCount { get; private set; }

    public int PendingInputBytes => _carry.Length;

    public RequestPhase Phase =>
        Status is EngineStatus.AwaitingFile or EngineStatus.AwaitingPage or EngineStatus.AwaitingDrain ? RequestPhase.Response
        : _bodyKind != BodyKind.None ? RequestPhase.Body
        : _carry.Length == 0 || RequestParser.IsPartOfEmptyLine(_carry.Span) ? RequestPhase.Idle
        : RequestPhase.Head;

    /// <summary>Takes input, answers what is complete in it, keeps the rest.</summary>
    /// <param name="outputBudgetBytes">Output after which the engine waits for a drain.</param>
    public void Receive(ReadOnlySpan<byte> input, IBufferWriter<byte> output, long outputBudgetBytes)
    {
        if (Status is EngineStatus.Close or EngineStatus.CloseLingering)
        {
            return;
        }

        if (_carry.Length == 0 && Status == EngineStatus.Reading)
        {
            int consumed = Consume(input, output, outputBudgetBytes);
            Keep(input[consumed..]);
            return;
        }

        bool needsLineEnd = _carryHoldsPartialHead && (long)_carry.Length + input.Length <= limits.RequestLineBytes;
        Keep(input);
        if (Status == EngineStatus.Reading && !(needsLineEnd && !input.Contains((byte)'\n')))
        {
            Resume(output, outputBudgetBytes);
        }
    }

    /// <summary>Goes on with kept input, after a drain or a finished file.</summary>
    public void Resume(IBufferWriter<byte> output, long outputBudgetBytes)
    {
        if (Status == EngineStatus.AwaitingDrain)
        {
            Status = EngineStatus.Reading;
        }

        if (Status == EngineStatus.Reading && _carry.Length > 0)
        {
            _carry.Consume(Consume(_carry.Span, output, outputBudgetBytes));
            if (Status == EngineStatus.Close && _carry.Length > 0)
            {
                Status = EngineStatus.CloseLingering;
            }
        }
    }

    /// <summary>The response to the pending file or page was written in full.</summary>
    public void FinishPending(bool mayContinue)
    {
        PendingFile = null;
        PendingPage = null;
        Status = mayContinue && _answer.Mode != ConnectionMode.Close && !_closeAfterResponse
            ? EngineStatus.Reading
            : _carry.Length > 0 ? EngineStatus.CloseLingering : EngineStatus.Close;
    }

    /// <summary>Ends the connection as soon as the response under way, if any, is written.</summary>
    public void CloseAfterResponse()
    {
        _closeAfterResponse = true;
        if (Status == EngineStatus.Reading && Phase == RequestPhase.Idle)
        {
            Status = EngineStatus.Close;
        }
    }

    /// <summary>Answers a request that did not arrive in time, and ends the connection.</summary>
    public void RefuseLate(IBufferWriter<byte> output)
    {
        _answer.HeadOnly = false;
        Refuse(408, output);
    }

    /// <summary>Gives back the kept input's memory; the engine is not used after it.</summary>
    public void Release() => _carry.Clear();

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            return;
        }

        if (Status is EngineStatus.Close or EngineStatus.CloseLingering)
        {
            Status = EngineStatus.CloseLingering;
        }
        else if (!_carry.TryAppend(rest))
        {
            InputOverflowed = true;
        }
    }

    private int Consume(ReadOnlySpan<byte> input, IBufferWriter<byte> output, long outputBudgetBytes)
    {
        _writtenBytes = 0;
        PrebuiltResponses prebuilt = PrebuiltResponses.Current;
        int position = 0;
        while (position < input.Length && Status == EngineStatus.Reading)
        {
            if (_writtenBytes > outputBudgetBytes)
            {
                Status = EngineStatus.AwaitingDrain;
                break;
            }

            int consumed = _bodyKind == BodyKind.None
                ? ConsumeBetweenBodies(input[position..], output, prebuilt)
                : ConsumeBody(input[position..], output, prebuilt);
            if (consumed == 0)
            {
                break;
            }

            position += consumed;
        }

        return position;
    }

    // Empty lines before a head belong to no request: taken out at once, they leave the connection as idle as it was.
    private int ConsumeBetweenBodies(ReadOnlySpan<byte> input, IBufferWriter<byte> output, PrebuiltResponses prebuilt)
    {
        int skipped = RequestParser.SkipEmptyLines(input);
        if (skipped == 0)
        {
            return ConsumeHead(input, output, prebuilt);
        }

        _emptyLineBytes = Math.Min(_emptyLineBytes + skipped, limits.HeadBytes);
        if (_emptyLineBytes == limits.HeadBytes)
        {
            _answer.HeadOnly = false;
            Refuse(431, output);
        }

        return skipped;
    }

    private int ConsumeHead(ReadOnlySpan<byte> input, IBufferWriter<byte> output, PrebuiltResponses prebuilt)
    {
        RequestHead head = default;
        HttpParseResult result = RequestParser.Parse(input, limits, ref head);
        _carryHoldsPartialHead = result.Outcome == ParseOutcome.Incomplete;
        if (result.Outcome == ParseOutcome.Complete)
        {
            TakeUp(ref head, output, prebuilt);
            return result.Consumed;
        }

        if (result.Outcome == ParseOutcome.Invalid)
        {
            _answer.HeadOnly = false;
            Refuse(result.Status, output);
        }

        return 0;
    }

    private void TakeUp(ref RequestHead head, IBufferWriter<byte> output, PrebuiltResponses prebuilt)
    {
        int status = head.Judge(limits);
        if (status != 0)
        {
            _answer.HeadOnly = head.Method == HttpMethod.Head;
            Refuse(status, output);
            return;
        }

        RequestCount++;
        _emptyLineBytes = 0;
        _answer.HeadOnly = head.Method == HttpMethod.Head;
        _answer.Mode = _closeAfterResponse ? ConnectionMode.Close : head.ConnectionMode;
        Route(ref head);
        if (!head.HasBody)
        {
            Respond(output, prebuilt);
            return;
        }

        if (head.ExpectContinue && head.Version == HttpVersion.Http11)
        {
            if (_answer.Resource == Resource.Status && _answer.Status >= 400)
            {
                // The client waits for a word before it sends the body: this is it, and the body must not follow.
                Refuse(_answer.Status, output);
                return;
            }

            _writtenBytes += ResponseWriter.WriteContinue(output);
        }

        _bodyKind = head.IsChunked ? BodyKind.Chunked : BodyKind.Length;
        _bodyBytesLeft = head.ContentLength;
        _chunked = default;
    }

    private int ConsumeBody(ReadOnlySpan<byte> input, IBufferWriter<byte> output, PrebuiltResponses prebuilt)
    {
        int consumed;
        if (_bodyKind == BodyKind.Length)
        {
            consumed = (int)Math.Min(_bodyBytesLeft, input.Length);
            _bodyBytesLeft -= consumed;
            if (_bodyBytesLeft > 0)
            {
                return consumed;
            }
        }
        else
        {
            HttpParseResult result = _chunked.Read(input, limits);
            if (result.Outcome == ParseOutcome.Invalid)
            {
                Refuse(result.Status, output);
                return 0;
            }

            if (result.Outcome == ParseOutcome.Incomplete)
            {
                return input.Length;
            }

            consumed = result.Consumed;
        }

        _bodyKind = BodyKind.None;
        Respond(output, prebuilt);
        return consumed;
    }

    private void Respond(IBufferWriter<byte> output, PrebuiltResponses prebuilt)
    {
        switch (_answer.Resource)
        {
            case Resource.Plaintext:
                _writtenBytes += ResponseWriter.WritePlaintext(output, prebuilt, _answer.Mode, _answer.HeadOnly);
                break;
            case Resource.Json:
                _writtenBytes += ResponseWriter.WriteJson(output, prebuilt, _answer.Mode, _answer.HeadOnly);
                break;
            case Resource.File:
                Status = EngineStatus.AwaitingFile;
                return;
            case Resource.Page:
                Status = EngineStatus.AwaitingPage;
                return;
            default:
                _writtenBytes += ResponseWriter.WriteStatus(output, _answer.Status, _answer.Mode, _answer.HeadOnly);
                break;
        }

        if (_answer.Mode == ConnectionMode.Close)
        {
            Status = EngineStatus.Close;
        }
    }

    // After a refusal the framing of what follows is unknown, so nothing more is read.
    private void Refuse(int status, IBufferWriter<byte> output)
    {
        RequestCount++;
        _bodyKind = BodyKind.None;
        PendingFile = null;
        PendingPage = null;
        _writtenBytes += ResponseWriter.WriteStatus(output, status, ConnectionMode.Close, _answer.HeadOnly);
        Status = EngineStatus.CloseLingering;
    }

    /// <summary>What the request that is taken up is answered with.</summary>
    private struct Answer
    {
        public Resource Resource;

        /// <summary>The status code of <see cref="Resource.Status"/>.</summary>
        public int Status;

        public ConnectionMode Mode;

        public bool HeadOnly;
    }
}
