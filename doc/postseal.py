#!/usr/bin/python3
"""Says in one sentence what the protection of a message is worth: doc/postseal.py MESSAGE"""
import sys
import gi
gi.require_version("Postseal", "0")
from gi.repository import Postseal

engine = Postseal.Engine.new(None)
message = Postseal.Message.new_from_path(sys.argv[1])
print(engine.verify(message).get_sentence())
