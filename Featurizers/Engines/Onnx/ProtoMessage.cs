using Google.Protobuf;

namespace TransferKit.Engines.Onnx;

/// <summary>
/// A protobuf message as a list of numbered fields, for writing without generated classes (protobuf.dev/programming-guides/encoding).
/// Bytes are not copied until the message is written.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly List<(int Field, object Value)> _fields = [];

    /// <summary>Adds an integer and returns this message; the other overloads add a number, a string, bytes or a message.</summary>
    public ProtoMessage Add(int field, long value) => Append(field, value);

    public ProtoMessage Add(int field, float value) => Append(field, value);

    public ProtoMessage Add(int field, string value) => Append(field, ByteString.CopyFromUtf8(value));

    public ProtoMessage Add(int field, ReadOnlyMemory<byte> value) => Append(field, UnsafeByteOperations.UnsafeWrap(value));

    public ProtoMessage Add(int field, ProtoMessage value) => Append(field, value);

    /// <summary>Adds a repeated field of messages.</summary>
    public ProtoMessage AddAll(int field, IEnumerable<ProtoMessage> values) =>
        values.Aggregate(this, (message, value) => message.Add(field, value));

    /// <summary>Writes the message to a stream.</summary>
    public void WriteTo(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        WriteTo(output);
    }

    /// <summary>Returns the message as bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Size());
        using var output = new CodedOutputStream(bytes);
        WriteTo(output);
        output.CheckNoSpaceLeft();
        return bytes;
    }

    private ProtoMessage Append(int field, object value)
    {
        _fields.Add((field, value));
        return this;
    }

    private int Size() => checked(_fields.Sum(entry => CodedOutputStream.ComputeTagSize(entry.Field) + entry.Value switch
    {
        long number => CodedOutputStream.ComputeInt64Size(number),
        float number => CodedOutputStream.ComputeFloatSize(number),
        ByteString bytes => CodedOutputStream.ComputeBytesSize(bytes),
        ProtoMessage message => WithLengthPrefix(message.Size()),
        _ => throw new InvalidOperationException($"A field cannot be {entry.Value.GetType()}."),
    }));

    private static int WithLengthPrefix(int size) => checked(CodedOutputStream.ComputeLengthSize(size) + size);

    private void WriteTo(CodedOutputStream output)
    {
        foreach (var (field, value) in _fields)
            switch (value)
            {
                case long number:
                    output.WriteTag(field, WireFormat.WireType.Varint);
                    output.WriteInt64(number);
                    break;
                case float number:
                    output.WriteTag(field, WireFormat.WireType.Fixed32);
                    output.WriteFloat(number);
                    break;
                case ByteString bytes:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteBytes(bytes);
                    break;
                case ProtoMessage message:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteLength(message.Size());
                    message.WriteTo(output);
                    break;
                default:
                    throw new InvalidOperationException($"A field cannot be {value.GetType()}.");
            }
    }
}
