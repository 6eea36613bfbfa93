namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>Walks over a chunked body (RFC 9112, 7.1) and discards it, over any split of the input.</summary>
internal struct ChunkedBodyReader
{
    // 15 hexadecimal digits cannot overflow a signed 64-bit size.
    private const int MaxSizeDigits = 15;

    private enum State
    {
        SizeStart,
        Size,
        Extension,
        SizeLineFeed,
        Data,
        DataCarriageReturn,
        DataLineFeed,
        TrailerStart,
        TrailerName,
        TrailerValue,
        TrailerLineFeed,
        EndLineFeed,
    }

    private State _state;
    private long _chunkBytesLeft;
    private long _bodyBytes;
    private int _sizeDigits;
    private int _lineBytes;
    private int _trailerBytes;

    /// <returns>The outcome with the bytes consumed so far when complete; when incomplete all input was consumed.</returns>
    public HttpParseResult Read(ReadOnlySpan<byte> input, HttpLimits limits)
    {
        int position = 0;
        while (position < input.Length)
        {
            if (_state == State.Data)
            {
                int skipped = (int)Math.Min(_chunkBytesLeft, input.Length - position);
                position += skipped;
                _chunkBytesLeft -= skipped;
                if (_chunkBytesLeft == 0)
                {
                    _state = State.DataCarriageReturn;
                }

                continue;
            }

            bool ended = _state == State.EndLineFeed && input[position] == '\n';
            int status = _state >= State.TrailerStart
                ? StepTrailer(input[position], limits)
                : StepChunk(input[position], limits);
            position++;
            if (status != 0)
            {
                return HttpParseResult.Invalid(status);
            }

            if (ended)
            {
                return HttpParseResult.Complete(position);
            }
        }

        return HttpParseResult.Incomplete;
    }

    private int StepChunk(byte value, HttpLimits limits)
    {
        switch (_state)
        {
            case State.SizeStart:
                _sizeDigits = 0;
                _lineBytes = 0;
                _chunkBytesLeft = 0;
                _state = State.Size;
                return StepSize(value, limits);
            case State.Size:
                return StepSize(value, limits);
            case State.Extension:
                return StepExtension(value, limits);
            case State.SizeLineFeed:
                _state = _chunkBytesLeft == 0 ? State.TrailerStart : State.Data;
                return value == '\n' ? 0 : 400;
            case State.DataCarriageReturn:
                _state = State.DataLineFeed;
                return value == '\r' ? 0 : 400;
            default:
                _state = State.SizeStart;
                return value == '\n' ? 0 : 400;
        }
    }

    private int StepSize(byte value, HttpLimits limits)
    {
        if (char.IsAsciiHexDigit((char)value))
        {
            if (++_sizeDigits > MaxSizeDigits)
            {
                return 413;
            }

            _chunkBytesLeft = (_chunkBytesLeft << 4) + HexValue(value);
            return 0;
        }

        if (_sizeDigits == 0 || value is not ((byte)'\r' or (byte)';'))
        {
            return 400;
        }

        _bodyBytes += _chunkBytesLeft;
        _state = value == '\r' ? State.SizeLineFeed : State.Extension;
        return _bodyBytes > limits.BodyBytes ? 413 : 0;
    }

    private int StepExtension(byte value, HttpLimits limits)
    {
        if (value == '\r')
        {
            _state = State.SizeLineFeed;
            return 0;
        }

        bool forbidden = (value < 0x20 && value != '\t') || value == 0x7F;
        return forbidden || ++_lineBytes > limits.ChunkLineBytes ? 400 : 0;
    }

    private int StepTrailer(byte value, HttpLimits limits)
    {
        if (++_trailerBytes > limits.TrailerBytes)
        {
            return 431;
        }

        switch (_state)
        {
            case State.TrailerStart when value == '\r':
                _state = State.EndLineFeed;
                return 0;
            case State.TrailerStart:
                _state = State.TrailerName;
                return RequestParser.IsToken([value]) ? 0 : 400;
            case State.TrailerName when value == ':':
                _state = State.TrailerValue;
                return 0;
            case State.TrailerName:
                return RequestParser.IsToken([value]) ? 0 : 400;
            case State.TrailerValue when value == '\r':
                _state = State.TrailerLineFeed;
                return 0;
            case State.TrailerValue:
                return (value < 0x20 && value != '\t') || value == 0x7F ? 400 : 0;
            case State.TrailerLineFeed:
                _state = State.TrailerStart;
                return value == '\n' ? 0 : 400;
            default:
                return value == '\n' ? 0 : 400;
        }
    }

    private static int HexValue(byte digit) =>
        digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
