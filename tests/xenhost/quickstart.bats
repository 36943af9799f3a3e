# The main job, as examples/quickstart --real shows it.
load scenario

@test "examples/quickstart on a real Xen" {
    # Its commands may do other things than the simulated host's; it checks itself what they say.
    cp -r /host/in/examples .
    run -0 examples/quickstart --in-dom0
    [[ ${lines[-1]} == "That is the main job."* ]]
}
