-- Wrong on purpose.
return scenario {
  topology = { nodes = 1 },
  story = function()
    expect(setting "distrosim.verifyRevisions", "there is no such setting")
  end,
}
