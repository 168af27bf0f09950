using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace TransferKit.Weights;

/// <summary>
/// Reads the part of Python's pickle format (protocol 2, pickletools.py) that a saved state dict uses. Nothing is ever executed: the few
/// Python objects that a state dict needs are listed in <see cref="TorchPickle"/>, and any other opcode is refused.
/// </summary>
/// <param name="bytes">The pickle, possibly followed by other bytes.</param>
internal sealed class Pickle(ReadOnlyMemory<byte> bytes)
{
    private static readonly object Mark = new();

    // Far more than any network has, and few enough that a hostile file of some kilobytes cannot fill the memory.
    private const int MaxContainers = 1_000_000, MaxTextLength = 4096;

    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _containers;

    /// <summary>The number of bytes read. After <see cref="Load"/> this is where the next pickle of a stacked file begins.</summary>
    public int Position { get; private set; }

    /// <summary>Reads one pickled object.</summary>
    /// <exception cref="InvalidDataException">The pickle is malformed, or asks for more than a state dict needs.</exception>
    public object? Load()
    {
        _stack.Clear();
        _memo.Clear();
        while (true)
        {
            byte opcode = Take(1)[0];
            if (opcode == (byte)'.')
                return Pop<object?>();
            Execute((char)opcode);
        }
    }

    private void Execute(char opcode)
    {
        switch (opcode)
        {
            case '\x80': Take(1); break;                                                     // PROTO
            case '(': _stack.Add(Mark); break;
            case '}': PushContainer(new Dictionary<string, object?>()); break;
            case ']': PushContainer(new List<object?>()); break;
            case ')': _stack.Add(Array.Empty<object?>()); break;
            case 'N': _stack.Add(null); break;
            case '\x88': _stack.Add(true); break;
            case '\x89': _stack.Add(false); break;
            case 'K': _stack.Add((long)Take(1)[0]); break;                                   // BININT1
            case 'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 'J': _stack.Add((long)Int32()); break;
            case '\x8a': PushLong(); break;
            case 'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 'X': _stack.Add(Text(Int32())); break;                                      // BINUNICODE
            case 'T': _stack.Add(Text(Int32())); break;                                      // BINSTRING, of Python 2
            case 'U': _stack.Add(Text(Take(1)[0])); break;                                   // SHORT_BINSTRING
            case 'q': _memo[Take(1)[0]] = Peek(); break;                                     // BINPUT
            case 'r': _memo[Int32()] = Peek(); break;
            case 'h': _stack.Add(Recall(Take(1)[0])); break;                                 // BINGET
            case 'j': _stack.Add(Recall(Int32())); break;
            case 't': _stack.Add(PopToMark().ToArray()); break;                              // TUPLE
            case '\x85': _stack.Add(PopMany(1)); break;
            case '\x86': _stack.Add(PopMany(2)); break;
            case '\x87': _stack.Add(PopMany(3)); break;
            case 'a': Append([Pop<object?>()]); break;
            case 'e': Append(PopToMark()); break;
            case 's': SetItems([.. PopMany(2)]); break;
            case 'u': SetItems(PopToMark()); break;
            case 'c': _stack.Add(TorchPickle.Find($"{Line()}.{Line()}")); break;             // GLOBAL
            case 'Q': _stack.Add(TorchPickle.Persistent(Pop<object?[]>())); break;           // BINPERSID
            case 'R': Reduce(); break;
            case '\x81': New(); break;                                                       // NEWOBJ
            case 'b': Build(); break;
            default: throw new InvalidDataException($"it uses pickle opcode 0x{(int)opcode:x2}, which a state dict does not need.");
        }
    }

    private void PushContainer(object container)
    {
        if (++_containers > MaxContainers)
            throw new InvalidDataException($"it has more than {MaxContainers} dictionaries and lists.");
        _stack.Add(container);
    }

    private void Reduce()
    {
        object?[] arguments = Pop<object?[]>();
        _stack.Add(TorchPickle.Call(Pop<TorchPickle.Global>(), arguments));
    }

    private void New()
    {
        Pop<object?[]>();
        PushContainer(TorchPickle.New(Pop<TorchPickle.Global>()));
    }

    // An OrderedDict has attributes (_metadata with version numbers), which are not needed; a module of TorchScript has nothing else.
    private void Build()
    {
        object? state = Pop<object?>();
        if (Peek() is TorchPickle.Module module && state is Dictionary<string, object?> attributes)
            foreach (var (name, value) in attributes)
                module.Attributes[name] = value;
        else if (Peek() is not Dictionary<string, object?>)
            throw new InvalidDataException("it sets the state of an object that is not a dictionary.");
    }

    private void Append(List<object?> items) => Peek<List<object?>>().AddRange(items);

    private void SetItems(List<object?> items)
    {
        var target = Peek<Dictionary<string, object?>>();
        for (int i = 0; i + 1 < items.Count; i += 2)
        {
            string key = items[i] as string ?? throw new InvalidDataException("a dictionary has a key that is not a string.");
            target[key] = items[i + 1];
        }
    }

    private void PushLong()
    {
        var value = new BigInteger(Take(Take(1)[0]));
        if (value >= long.MinValue && value <= long.MaxValue)
            _stack.Add((long)value);
        else
            _stack.Add(value);
    }

    private object? Recall(long index) => _memo.TryGetValue(index, out object? value)
        ? value
        : throw new InvalidDataException($"it recalls memo {index}, which was never stored.");

    private object? Peek() => Peek<object?>();

    private T Peek<T>() => _stack.Count > 0 && _stack[^1] != Mark && (_stack[^1] is T || typeof(T) == typeof(object))
        ? (T)_stack[^1]!
        : throw new InvalidDataException($"its pickle is malformed at byte {Position}.");

    private T Pop<T>()
    {
        var value = Peek<T>();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        object?[] items = new object?[count];
        while (count > 0)
            items[--count] = Pop<object?>();
        return items;
    }

    private List<object?> PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
            throw new InvalidDataException($"its pickle is malformed at byte {Position}.");
        var items = _stack[(mark + 1)..];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private string Text(int length) => length > MaxTextLength
        ? throw new InvalidDataException($"it has a string of {length} bytes at byte {Position}.")
        : Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int length = bytes.Span[Position..].IndexOf((byte)'\n');
        string line = Text(length);
        Take(1);
        return line;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > bytes.Length - Position)
            throw new InvalidDataException($"its pickle is truncated at byte {Position}.");
        Position += count;
        return bytes.Span.Slice(Position - count, count);
    }
}
