-- Wrong on purpose.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    io.open("/etc/passwd")
  end,
}
